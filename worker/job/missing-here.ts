import type { Sandbox } from '../executor/sandbox.ts';
import type { CommandResult } from './harness-command.ts';

/** What is missing where a detected command could not do its work. */
type Missing = 'program' | 'network';

/**
 * What kept a failed command from saying anything about the work: a program that is not installed here, or the
 * network, which only counts where there was none. Only the exit code and the last words of the output are believed,
 * but for a socket that was refused where commands get none: output of tests may hold any other such word, and then the
 * tests have failed.
 * Undefined when the command did its work.
 */
export function missingHere(
  result: Pick<CommandResult, 'exit_code' | 'timed_out' | 'output_tail'>,
  { network, kind }: Pick<Sandbox, 'network' | 'kind'>,
): Missing | undefined {
  const { exit_code: code, timed_out, output_tail: tail } = result;
  if (code === 0 || timed_out) return undefined;
  // Not executable and not found, by the convention of shells.
  if (code === 126 || code === 127) return 'program';
  const lines = tail.split('\n').filter((line) => line.trim() !== '');
  const last = lines.slice(-LAST_LINES);
  if (programWords.some((words) => words.test(last.at(-1) ?? ''))) return 'program';
  if (network !== 'none') return undefined;
  if (kind === 'uid' && socketWords.some((words) => lines.some((line) => words.test(line))))
    return 'network';
  const npm = npmWords.some((words) => npmBlock(lines).some((line) => words.test(line)));
  return npm || networkWords.some((words) => last.some((line) => words.test(line)))
    ? 'network'
    : undefined;
}

// Package managers end with their error and a line or two of advice. A test run ends with its own summary.
const LAST_LINES = 3;

const programWords = [
  // make, for a recipe that ended with 126 or 127.
  /^g?make(?:\[\d+\])?: \*\*\* \[.*\] Error 12[67]$/,
  /^\S*python[\d.]*: No module named '?(?:pytest|mypy|ruff|tox|unittest2)'?$/,
  // uv
  /^error: Failed to spawn: /,
];

const noAnswer = 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT';

/*
 * Where commands get no socket, making one fails with ENETUNREACH. No system says so of its own of a path, or when a
 * program listens, so that this is believed wherever it stands. Of Node and of Go.
 */
const socketWords = [
  /\blisten ENETUNREACH\b/,
  /\bconnect ENETUNREACH:? (?:network is unreachable )?\//,
  /\b(?:listen|dial) unix \S+: socket: network is unreachable/,
  /\blisten tcp\d? \S+: socket: network is unreachable/,
];

const npmWords = [
  new RegExp(`^npm (?:error|ERR!) code (?:${noAnswer})$`),
  /^npm (?:error|ERR!) npx canceled due to missing packages and no YES option/,
];

const networkWords = [
  // pnpm, yarn 1, yarn 2 and later
  new RegExp(`^\\s*ERR_PNPM_\\w+ .*(?:${noAnswer})`),
  new RegExp(`^error An unexpected error occurred: "https?://.*(?:${noAnswer})`),
  new RegExp(`^➤ YN\\d+: .*(?:${noAnswer})`),
  // pip, uv
  /^ERROR: No matching distribution found for /,
  /^\s*Caused by: dns error/,
  // cargo
  /^\s*(?:\[6\] )?Could(?:n't| not) resolve host(?: name)?\b/,
  /^\s*attempting to make an HTTP request, but --offline was specified/,
  // go
  /^(?:go: |\S+\.go:\d+:\d+: ).*: dial tcp: lookup /,
  // Maven, Gradle and its wrapper, Bundler
  /^\[ERROR\] .*Could not transfer artifact .*(?:Unknown host|Name or service not known)/,
  /^\s*> Could not (?:GET|HEAD) 'https?:/,
  /^Exception in thread "main" java\.net\.UnknownHostException: services\.gradle\.org/,
  /^Could not reach host \S+\. Check your network connection/,
];

/** npm's last words: all of them begin with its name. */
function npmBlock(lines: readonly string[]): readonly string[] {
  const before = lines.findLastIndex((line) => !/^npm (?:error|ERR!)/.test(line));
  return lines.slice(before + 1);
}
