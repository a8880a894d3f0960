import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { ToolResult } from '../../../worker/tools/tool-result.ts';
import type { CallExpectation, Expectation, FileExpectation } from './case.ts';
import { contentBytes } from './content.ts';
import { type CaseFolders, placeOf } from './lay-out.ts';
import { differences, snapshot, type Snapshot } from './snapshot.ts';

/** What a case left behind: the answers in the order of the calls, and the repository before the first of them. */
export type Outcome = Readonly<{
  folders: CaseFolders;
  results: readonly ToolResult[];
  before: Snapshot | undefined;
}>;

/** True when the tree must be looked at before the first call. */
export function needsSnapshot(expectations: readonly Expectation[]): boolean {
  return expectations.some((expectation) => 'unchanged' in expectation);
}

/** Returns one line for everything that is not as expected. */
export function judge(outcome: Outcome, expectations: readonly Expectation[]): string[] {
  return expectations.flatMap((expectation) => {
    if ('call' in expectation) return judgeCall(outcome, expectation);
    if ('file' in expectation) return judgeFile(outcome.folders, expectation);
    if ('paths' in expectation) return judgePaths(outcome.folders, expectation.paths);
    return judgeTree(outcome, expectation.except ?? []);
  });
}

function judgeCall(outcome: Outcome, expected: CallExpectation): string[] {
  const result = outcome.results[expected.call - 1];
  if (!result) return [`there is no call ${expected.call}`];
  const text = textOf(result);
  const problems = [
    ...unequal('is_error', result.is_error, expected.is_error),
    ...unequal('mutated', result.mutated, expected.mutated),
    ...unequal('exit_code', result.exit_code, expected.exit_code),
    ...judgeText(text, expected),
    ...judgeImage(outcome.folders, result, expected.image),
  ];
  return problems.map((problem) => `call ${expected.call}: ${problem}`);
}

function judgeText(text: string, expected: CallExpectation): string[] {
  const { contains = [], lacks = [], matches = [], max_chars: max } = expected;
  const shown = JSON.stringify(text.length > 600 ? `${text.slice(0, 600)}…` : text);
  return [
    ...unequal('text', text, expected.text),
    ...contains
      .filter((part) => !text.includes(part))
      .map((part) => `lacks ${JSON.stringify(part)} in ${shown}`),
    ...lacks
      .filter((part) => text.includes(part))
      .map((part) => `has ${JSON.stringify(part)} in ${shown}`),
    ...matches
      .filter((pattern) => !new RegExp(pattern, 'm').test(text))
      .map((pattern) => `${pattern} does not match ${shown}`),
    ...(max !== undefined && text.length > max ? [`${text.length} characters, over ${max}`] : []),
  ];
}

/** The text blocks; how long a command took is different every time and left out. */
function textOf(result: ToolResult): string {
  const blocks = result.content.map((block) => (block.type === 'text' ? block.text : '[image]'));
  return blocks.join('\n').replace(/^duration: \d+\.\d s$/m, 'duration: …');
}

function judgeImage(
  folders: CaseFolders,
  result: ToolResult,
  expected: CallExpectation['image'],
): string[] {
  if (!expected) return [];
  const image = result.content.find((block) => block.type === 'image');
  if (!image) return ['there is no image block'];
  const data = readFileSync(placeOf(folders, expected.file)).toString('base64');
  return [
    ...unequal('media_type', image.media_type, expected.media_type),
    ...(image.data === data ? [] : [`the image is not ${expected.file}`]),
  ];
}

function judgeFile(folders: CaseFolders, expected: FileExpectation): string[] {
  const place = placeOf(folders, expected.file);
  const stat = lstatSync(place, { throwIfNoEntry: false });
  if (expected.absent) return stat ? [`${expected.file} exists`] : [];
  if (!stat) return [`${expected.file} does not exist`];
  const problems: string[] = [];
  if (expected.link !== undefined) {
    const target = stat.isSymbolicLink() ? readlinkSync(place) : 'no link';
    problems.push(...unequal('link', target, expected.link));
  }
  if (expected.mode !== undefined) {
    const mode = (stat.mode & 0o7777).toString(8).padStart(3, '0');
    problems.push(...unequal('mode', mode, expected.mode));
  }
  if (expected.content !== undefined) {
    const wanted = contentBytes(expected.content);
    const bytes = stat.isFile() ? readFileSync(place) : Buffer.from('no regular file');
    if (!bytes.equals(wanted)) {
      problems.push(`content is ${excerpt(bytes)}, not ${excerpt(wanted)}`);
    }
  }
  return problems.map((problem) => `${expected.file}: ${problem}`);
}

function judgePaths(folders: CaseFolders, expected: readonly string[]): string[] {
  const paths = [...snapshot(folders.workTree).keys()].filter((path) => !path.endsWith('/'));
  return unequal('paths', paths.toSorted().join(', '), expected.toSorted().join(', '));
}

function judgeTree(outcome: Outcome, except: readonly string[]): string[] {
  if (!outcome.before) return ['there is no snapshot to compare with'];
  const changed = differences(outcome.before, snapshot(outcome.folders.workTree));
  const wrong = changed.filter((path) => !except.includes(path));
  const still = except.filter((path) => !changed.includes(path));
  return [
    ...wrong.map((path) => `${path} has changed`),
    ...still.map((path) => `${path} has not changed`),
  ];
}

function unequal<T>(name: string, actual: T, expected: T | undefined): string[] {
  if (expected === undefined || actual === expected) return [];
  return [`${name} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`];
}

function excerpt(bytes: Buffer): string {
  const text = JSON.stringify(bytes.subarray(0, 300).toString('utf8'));
  return bytes.length > 300 ? `${text} and more (${bytes.length} bytes)` : text;
}
