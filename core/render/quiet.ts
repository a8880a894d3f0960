import { type LinkHosts, mayLink } from './link-hosts.ts';
import { codeSpan } from './markdown.ts';

const at = String.raw`(?:\\?@)`;
const hash = String.raw`(?:\\?#)`;
const slash = String.raw`(?:\\?/)`;
const name = '[A-Za-z0-9][A-Za-z0-9-]{0,100}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,100})?';
const repository = String.raw`[\w.-]{1,100}(?:${slash}[\w.-]{1,100})?`;
const address = String.raw`[^\s<>|\x60]{1,2000}`;
const web = String.raw`[A-Za-z][A-Za-z0-9+.-]{0,20}\\?:${slash}${slash}`;

// The keywords of docs.github.com/issues "Linking a pull request to an issue", before #1, owner/name#1, GH-1 or a link.
const issue = String.raw`(?:${repository})?${hash}\d+|GH-\d+|${web}${address}`;

/** One pattern, so that what one part has put into code is not looked at by another. */
const loud = new RegExp(
  [
    String.raw`(?<closing>\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s{1,20})(?<issue>${issue})`,
    String.raw`(?<url>(?:(?<![A-Za-z0-9])(?:${web}|www\\?\.)|\\?:${slash}${slash})${address})`,
    String.raw`(?<![\w.-])(?<other>${repository}${hash}\d+)`,
    String.raw`(?<![A-Za-z0-9])${at}(?<who>${name})`,
    String.raw`(?<=^|\n)(?<indent>[ \t]*)\\?/cody(?![\w/-])`,
    String.raw`(?<note>\\?\[\^)`,
  ].join('|'),
  'gi',
);

/**
 * Returns a piece of Markdown's running text in which GitHub acts on nothing: names, closed and foreign issues, commands
 * and addresses of other hosts stand in code, and footnotes, which other readers of Markdown do not know, are undone.
 */
export function quiet(source: string, hosts: LinkHosts): string {
  return spelledOut(source).replaceAll(loud, (match: string, ...rest: readonly unknown[]) =>
    replaced(match, groupsOf(rest), hosts),
  );
}

const part = String.raw`(?:(?<![\w./-])[\w./-]{0,202})?${hash}\w*|\bGH-\d+|${at}[\w-]*`;
const firstPart = new RegExp(String.raw`^(\s*)(${part})`, 'i');
const anyPart = new RegExp(part, 'gi');

/**
 * Returns a piece of running text with what may be a part of a name or an issue in code: for a piece that becomes one
 * only together with its neighbours. Where it begins with it, the rest stays.
 */
export function muted(source: string): string {
  const text = spelledOut(source);
  if (!firstPart.test(text)) return text.replaceAll(anyPart, code);
  return text.replace(firstPart, (_, space: string, found: string) => `${space}${code(found)}`);
}

type Groups = Readonly<Record<string, unknown>>;

function groupsOf(rest: readonly unknown[]): Groups {
  const last = rest.at(-1);
  return typeof last === 'object' && last !== null ? { ...last } : {};
}

function replaced(match: string, groups: Groups, hosts: LinkHosts): string {
  const { closing, issue: closed, url, other, who, indent, note } = groups;
  if (typeof closing === 'string') return `${closing}${code(String(closed))}`;
  if (typeof url === 'string') return quietAddress(url, hosts);
  if (typeof other === 'string') return code(other);
  if (typeof who === 'string') return `\`@${who}\``;
  if (typeof indent === 'string') return `${indent}\`/cody\``;
  return typeof note === 'string' ? '&#91;^' : match;
}

/** Nothing in it that somebody who looks for names, issues or other addresses would stop at. */
const plainAddress = /^https?:\/\/[A-Za-z0-9.:-]+(?:\/[\w.~%/=&?+-]*)?(?:#[A-Za-z][\w-]*)?$/i;

function quietAddress(found: string, hosts: LinkHosts): string {
  const end = /[?!.,:;*_~'")\]\\]*$/.exec(found)?.index ?? found.length;
  const [url, after] = [found.slice(0, end), found.slice(end)];
  const whole = /^www/i.test(url) ? `https://${url}` : url;
  if (plainAddress.test(whole) && mayLink(whole, hosts)) return found;
  return `${code(url)}${after}`;
}

function code(text: string): string {
  return codeSpan(text.replaceAll(/\\(?=[!-/:-@[-`{-~])/g, ''));
}

const named: Readonly<Record<string, string>> = {
  commat: '@',
  num: '\\#',
  colon: ':',
  sol: '/',
  period: '.',
};

/** Character references that could spell what is looked for as the characters that they are; all others stay. */
function spelledOut(source: string): string {
  return source
    .replaceAll(/&#(?:0{0,9}(\d{2,3})|[xX]0{0,9}([0-9a-fA-F]{2}));/g, decoded)
    .replaceAll(/&(commat|num|colon|sol|period);/g, (match, word: string) => named[word] ?? match)
    .replaceAll(/(?<=GH)&(?:#0{0,9}45|#[xX]0{0,9}2[dD]);/gi, '-');
}

function decoded(reference: string, decimal: string | undefined, hex: string | undefined): string {
  const char = String.fromCodePoint(
    decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal),
  );
  if (char === '#') return '\\#';
  return /[A-Za-z0-9@:/.]/.test(char) ? char : reference;
}
