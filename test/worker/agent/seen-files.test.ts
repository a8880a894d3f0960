import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { toolCatalog } from '../../../worker/tools/catalog.ts';
import { startOn } from '../executor/start.ts';
import { Killed, run, startModel, submitTurn, testJournal } from './support/harness.ts';

const turns = [
  { toolUses: [{ name: 'read', input: { file_path: 'a.txt' } }] },
  {
    toolUses: [
      { name: 'edit', input: { file_path: 'a.txt', old_string: 'one', new_string: 'two' } },
    ],
  },
  submitTurn,
];

/** Reads the file in one attempt, dies, and edits it in the next one on executors of their own. */
async function readThenEdit(between: (file: string) => void) {
  const standin = await startModel(scriptedActor(turns));
  const first = await startOn();
  const file = join(first.workTree, 'a.txt');
  writeFileSync(file, 'one\n');
  const tools = ({ executor }: Pick<typeof first, 'executor'>) => ({
    catalog: toolCatalog,
    run: executor.run,
    remember: executor.remember,
  });
  // Header, intent, answer, start and result of the read.
  const journal = testJournal({ dieAfter: 5 });
  await expect(run({ standin, journal, deps: { tools: tools(first) } })).rejects.toThrow(Killed);
  await first.executor.close();
  between(file);
  const second = await startOn('bubblewrap', { workTree: first.workTree });
  const outcome = await run({
    standin,
    journal: testJournal({ entries: journal.entries }),
    deps: { tools: tools(second) },
  });
  return { outcome, text: () => readFileSync(file, 'utf8') };
}

test('edits a file that was read before a restart without a second read', async () => {
  const { outcome, text } = await readThenEdit(() => undefined);
  expect(outcome.events[1]).toMatchObject({ tools: [{ name: 'edit', is_error: false }] });
  expect(text()).toBe('two\n');
});

test('refuses to edit a file that has other bytes after a restart', async () => {
  const { outcome, text } = await readThenEdit((file) => writeFileSync(file, 'one more\n'));
  expect(outcome.events[1]).toMatchObject({
    tools: [{ is_error: true, output: expect.stringContaining('has changed since it was read') }],
  });
  expect(text()).toBe('one more\n');
});
