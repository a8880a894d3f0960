import { posix } from 'node:path';
import type { Facts } from './facts.ts';
import { linesBut } from './read-lines.ts';

/** Files whose names say that pip reads them. */
export const requirementsFile =
  /(?:^|\/)(?:[^/]*(?:requirements|constraints)[^/]*|requirements\/[^/]+)\.(?:txt|in)$/i;

/** A line with one of them may name a file of the repository. Source: pip, `ARCHIVE_EXTENSIONS`. */
const archive = String.raw`\.(?:whl|egg|zip|tar|tgz|tbz|txz|tlz|gz|bz2|xz|lz|lzma)\b`;

/** A name, its extras, a version, a marker and hashes; no other option, no folder, no variable. */
const requirement = new RegExp(
  String.raw`^(?!.*${archive})\w[\w.-]* ?(?:\[[\w .,-]*\])? ?(?:[(=<>!~;](?!.* -(?!-hash=))[^@/\\$\0-\x1f\x7f-\x9f]*)?$`,
  'i',
);

/**
 * What a requirements file takes from elsewhere than the usual index. Throws for one in another encoding. Source: pip,
 * "Requirements File Format" and `req_file.py`.
 */
export function requirementSources(text: string, path: string): Facts {
  if (text.split('\n', 2).some((line) => /^#[^]*coding[:=]/.test(line)))
    throw new Error('The file has another encoding');
  const lines = joined(text.split(lineEnd)).map((line) => withoutOurs(line, path));
  return linesBut(lines, /(?:^| )#.*$/, [requirement]);
}

/** Where Python's `str.splitlines` ends a line. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const lineEnd = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** U+001F is a space for Python. */
// oxlint-disable-next-line no-control-regex -- it is what is looked for
const comment = /^[\s\x1f]*#/;

/** A backslash goes on with the next line, but a line that is a comment neither goes on nor is gone on with. */
function joined(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  let begun: string[] = [];
  for (const line of lines) {
    const isComment = comment.test(line);
    if (line.endsWith('\\') && !isComment) begun.push(withoutBackslashes(line));
    else {
      whole.push([...begun, isComment ? ` ${line}` : line].join(''));
      begun = [];
    }
  }
  return [...whole, begun.join('')];
}

function withoutBackslashes(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\\') end -= 1;
  return line.slice(0, end).replace(/^\\+/, '');
}

const inclusion =
  /^\s*(?:(?:-r|-c|--requirement|--constraint) +|--(?:requirement|constraint)=)([\w.][\w./-]*)\s*$/;

/** A file of requirements that is looked at itself needs no word. */
function withoutOurs(line: string, from: string): string {
  const named = inclusion.exec(line)?.[1];
  if (named === undefined) return line;
  const path = posix.join(posix.dirname(from), named);
  return requirementsFile.test(path) && !path.startsWith('../') ? '' : line;
}
