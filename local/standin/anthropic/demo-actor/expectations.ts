import type { FileView } from './workspace-view.ts';

/** One assertion of a test: `name(minutes)` must give `text`. */
export type Expectation = Readonly<{ name: string; minutes: number; text: string }>;

const ASSERTION = /\b(?:equal|strictEqual|toBe|toEqual)\(\s*(\w+)\((\d+)\),\s*(['"`])(.*?)\3/g;
const DURATION_TEXT = /^(?:\d+ h(?: \d+ min)?|\d+ min)$/;

/** Returns what the tests expect of functions that put minutes in words. */
export function findExpectations(tests: readonly FileView[]): Expectation[] {
  return tests
    .flatMap(({ lines }) => [...lines.join('\n').matchAll(ASSERTION)])
    .map((match) => ({
      name: match[1] ?? '',
      minutes: Number(match[2]),
      text: match[4] ?? '',
    }))
    .filter(({ text }) => DURATION_TEXT.test(text));
}
