import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createCaseBenches } from '../../support/tools/case-benches.ts';
import { ToolCase } from '../../support/tools/case.ts';
import { checkIds, loadCases } from '../../support/tools/load-cases.ts';
import { runCase } from '../../support/tools/run-case.ts';

const benches = createCaseBenches();
afterAll(() => benches.close());

const read = { name: 'read', input: { file_path: 'a.txt' } };
const write = { name: 'write', input: { file_path: 'b.txt', content: 'x' } };

/** What the runner says of a case on one file; the calls read it and write another. */
async function whyNot(...expectations: unknown[]): Promise<string> {
  const verdict = await runCase(
    benches,
    ToolCase.parse({
      id: 'example',
      files: { 'a.txt': { content: 'one\n', mode: '644' } },
      calls: [read, write],
      expect: expectations,
    }),
  );
  expect(verdict.ok).toBe(verdict.why === '');
  return verdict.why;
}

const wanting: [unknown, string][] = [
  [{ call: 1, is_error: true }, 'call 1: is_error is false, not true'],
  [{ call: 2, mutated: false }, 'call 2: mutated is true, not false'],
  [{ call: 1, exit_code: 0 }, 'call 1: exit_code is undefined, not 0'],
  [{ call: 1, text: 'one' }, 'call 1: text is "     1\\tone", not "one"'],
  [{ call: 1, contains: 'two' }, 'call 1: lacks "two" in "     1\\tone"'],
  [{ call: 1, lacks: ['two', 'one'] }, 'call 1: has "one" in "     1\\tone"'],
  [{ call: 1, matches: '^one$' }, 'call 1: ^one$ does not match "     1\\tone"'],
  [{ call: 1, max_chars: 3 }, 'call 1: 10 characters, over 3'],
  [{ call: 1, image: { media_type: 'image/png', file: 'a.txt' } }, 'call 1: there is no image'],
  [{ call: 3, is_error: false }, 'there is no call 3'],
  [{ file: 'a.txt', content: 'two\n' }, 'a.txt: content is "one\\n", not "two\\n"'],
  [{ file: 'a.txt', mode: '755' }, 'a.txt: mode is "644", not "755"'],
  [{ file: 'a.txt', link: 'b.txt' }, 'a.txt: link is "no link", not "b.txt"'],
  [{ file: 'a.txt', absent: true }, 'a.txt exists'],
  [{ file: 'c.txt' }, 'c.txt does not exist'],
  [{ unchanged: true }, 'b.txt has changed'],
  [{ unchanged: true, except: ['a.txt', 'b.txt'] }, 'a.txt has not changed'],
  [{ paths: ['a.txt'] }, 'paths is "a.txt, b.txt", not "a.txt"'],
];

test('names everything that is not as expected', async () => {
  const why = await whyNot(...wanting.map(([expectation]) => expectation));
  const reasons = why.split('; ');
  expect(reasons).toHaveLength(wanting.length);
  for (const [index, [, reason]] of wanting.entries()) {
    expect(reasons[index]).toContain(reason);
  }
});

test('finds nothing wrong with what is as expected', async () => {
  expect(
    await whyNot(
      { call: 1, text: '     1\tone', contains: 'one', lacks: 'two', matches: 'one$' },
      { call: 2, mutated: true },
      { file: 'b.txt', content: 'x' },
      { unchanged: true, except: ['b.txt'] },
      { paths: ['a.txt', 'b.txt'] },
    ),
  ).toBe('');
});

test('an executor remembers no file of an earlier case', async () => {
  const edit = { name: 'edit', input: { file_path: 'a.txt', old_string: 'one', new_string: '1' } };
  const base = { files: { 'a.txt': 'one\n' }, expect: [{ call: 1, is_error: true }] };
  const expectRead = [{ call: 1, contains: 'one' }];
  const first = ToolCase.parse({ ...base, id: 'first', calls: [read], expect: expectRead });
  const second = ToolCase.parse({ ...base, id: 'second', calls: [edit] });
  expect(await runCase(benches, first)).toMatchObject({ ok: true });
  expect(await runCase(benches, second)).toMatchObject({ ok: true });
});

test('refuses a file that is no case, an unknown field and an id used twice', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cody-cases-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const load = (text: string) => {
    writeFileSync(join(folder, 'x.json'), text);
    return loadCases(join(folder, 'x.json'));
  };
  const toolCase = { id: 'one', files: {}, calls: [read], expect: [{ call: 1 }] };
  expect(() => load('{')).toThrow(/x\.json is not JSON/);
  expect(() => load(JSON.stringify([toolCase, { ...toolCase, filse: {} }]))).toThrow(
    /x\.json: case one: .*filse/,
  );
  expect(() => checkIds(load(JSON.stringify([toolCase, toolCase])))).toThrow(/two cases .* one/);
  expect(load(JSON.stringify(toolCase))).toHaveLength(1);
});
