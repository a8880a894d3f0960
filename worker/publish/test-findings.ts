import type { ChangedLines } from './changed-lines.ts';
import { shownPath } from './shown-path.ts';

const testPath =
  /(?:^|\/)(?:tests?|__tests__|specs?)\/|\.(?:test|spec)\.\w+$|(?:^|\/)test_[^/]+\.py$|_(?:test|spec)\.\w+$/;

/** True for a path that by its folder or name holds tests. */
export function isTestPath(path: string): boolean {
  return testPath.test(path);
}

// How test frameworks are told to leave a test out, or to run nothing else.
const switchedOff: readonly RegExp[] = [
  /\b(?:it|test|describe|suite|context|bench)(?:\.\w+)*\.(?:skip|todo|fails|failing)\b/,
  /\b(?:xit|xtest|xdescribe|xcontext)\s*\(/,
  /@pytest\.mark\.(?:skip|skipif|xfail)\b|\bpytest\.(?:skip|xfail)\s*\(/,
  /@unittest\.(?:skip|skipIf|skipUnless|expectedFailure)\b|\bself\.skipTest\s*\(/,
  /\bt\.Skip(?:f|Now)?\s*\(/,
  /#\[ignore\b/,
  /@(?:Disabled|Ignore)\b/,
  /\b(?:skip|pending)\s+["']/,
  /\bthis\.skip\s*\(/,
];
const onlyThese = /\b(?:it|test|describe|suite|context)(?:\.\w+)*\.only\b|\b(?:fit|fdescribe)\s*\(/;
const assertion =
  /\b(?:expect|assert\w*|should|require)\s*[.(!]|^\s*assert\b|\bt\.(?:Error|Errorf|Fatal|Fatalf)\s*\(|\bself\.assert\w+\s*\(/;
const testCase =
  /^\s*x?(?:it|test)(?:\.\w+)*\s*\(|^\s*(?:async )?def test_|^\s*func Test\w+\(|#\[(?:tokio::)?test\]|@Test\b/;

/** What a change does to tests that a reviewer would ask about, one sentence each. */
export function testFindings(files: readonly ChangedLines[], deleted: readonly string[]): string[] {
  const gone = deleted
    .filter(isTestPath)
    .map((path) => `${shownPath(path)} is a test and was deleted. Is that what the task asks for?`);
  const weaker = files
    .filter(({ path }) => isTestPath(path) && !deleted.includes(path))
    .flatMap(weakened);
  return [...gone, ...weaker];
}

function weakened({ path, added, removed }: ChangedLines): string[] {
  const off = newly(switchedOff, { added, removed });
  const only = newly([onlyThese], { added, removed });
  const tests = count(removed, testCase) - count(added, testCase);
  const assertions = count(removed, assertion) - count(added, assertion);
  return [
    off === undefined ? undefined : `${shownPath(path)} switches a test off: \`${off}\`.`,
    only === undefined
      ? undefined
      : `${shownPath(path)} keeps other tests from running: \`${only}\`.`,
    tests > 0 ? `${shownPath(path)} has fewer tests than before (${tests} less).` : undefined,
    tests <= 0 && assertions > 0
      ? `${shownPath(path)} has fewer assertions than before (${assertions} less).`
      : undefined,
  ].filter((text) => text !== undefined);
}

/** The first added line that matches and did not stand there before in the same words. */
function newly(
  patterns: readonly RegExp[],
  { added, removed }: Pick<ChangedLines, 'added' | 'removed'>,
): string | undefined {
  const before = new Set(removed.map((line) => line.trim()));
  const line = added.find(
    (text) => patterns.some((pattern) => pattern.test(text)) && !before.has(text.trim()),
  );
  return line?.trim().replaceAll('`', "'").slice(0, 120);
}

function count(lines: readonly string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line)).length;
}
