import { expect, test } from 'vitest';
import type { ActorTurn } from '../../../local/standin/anthropic/actor.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import type { ToolResult } from '../../../worker/tools/tool-result.ts';
import {
  Killed,
  run,
  sentMessages,
  startModel,
  submission,
  submitTurn,
  testJournal,
  testTools,
  textResult,
} from './support/harness.ts';

const edit: ActorTurn = {
  toolUses: [{ name: 'edit', input: { file_path: 'a.ts', old_string: '1', new_string: '2' } }],
};
const bash = (command: string): ActorTurn => ({ toolUses: [{ name: 'bash', input: { command } }] });
const report = { empty: false, stat: ' a.ts | 2 +-', diff: '-1\n+2', findings: [] };
const nothingDiffers = async () => ({ ...report, empty: true });
const gateWith = (checks: readonly string[]) => ({ gate: async () => ({ ...report, checks }) });

/** Commands end as told; edits change the tree. */
function toolsThat(answer: (command: string) => Partial<ToolResult> & { text?: string }) {
  return testTools(({ name, input }) => {
    if (name !== 'bash') return textResult('done', { mutated: name === 'edit' });
    const { text = '', ...over } = answer(String(Object(input).command));
    return textResult(text, { exit_code: 0, ...over });
  });
}

const passing = toolsThat(() => ({ exit_code: 0 }));
const wish = 'Files changed after the last check that passed. Run `npm test`';

test('names the check with the diff when nothing has passed since the last change', async () => {
  const standin = await startModel(scriptedActor([edit, submitTurn, submitTurn]));
  const outcome = await run({ standin, tools: passing, deps: gateWith(['npm test']) });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 3 });
  expect(sentMessages(standin).at(-1)).toContain(wish);
});

const checked: [string, string][] = [
  ['the known command', 'npm test'],
  ['the known command with a detail', 'CI=1 npm test -- --run'],
  ['another tool that checks', 'npx vitest run a.test.ts'],
];
test.each(checked)('says nothing about checks after %s has passed', async (_, command) => {
  const standin = await startModel(scriptedActor([edit, bash(command), submitTurn, submitTurn]));
  const outcome = await run({ standin, tools: passing, deps: gateWith(['npm test']) });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 4 });
  expect(sentMessages(standin).at(-1)).not.toContain(wish);
});

const unchecked: [string, string, Partial<ToolResult> & { text?: string }][] = [
  ['a check that failed', 'npm test', { exit_code: 1 }],
  ['a failure behind a pipe', 'npm test | tail -5', { text: 'Tests  2 failed' }],
  ['a failure that is hidden', 'npm test || true', {}],
  ['something else', 'ls', {}],
];
test.each(unchecked)('does not take %s for a check that passed', async (_, command, result) => {
  const standin = await startModel(scriptedActor([edit, bash(command), submitTurn, submitTurn]));
  await run({ standin, tools: toolsThat(() => result), deps: gateWith(['npm test']) });
  expect(sentMessages(standin).at(-1)).toContain(wish);
});

test('takes a check in a pipe whose output speaks of no failure', async () => {
  const standin = await startModel(
    scriptedActor([edit, bash('npm test 2>&1 | tail -5'), submitTurn, submitTurn]),
  );
  const tools = toolsThat(() => ({ text: 'Tests  12 passed, 0 failed' }));
  await run({ standin, tools, deps: gateWith(['npm test']) });
  expect(sentMessages(standin).at(-1)).not.toContain(wish);
});

test('asks once for a check when the diff was shown before the last change', async () => {
  const script = [edit, bash('npm test'), submitTurn, edit, submitTurn, submitTurn];
  const standin = await startModel(scriptedActor(script));
  const journal = testJournal();
  const outcome = await run({ standin, journal, tools: passing, deps: gateWith(['npm test']) });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 6 });
  const asked = journal.entries.filter((entry) => entry.type === 'tool_result' && entry.asked);
  expect(asked).toMatchObject([{ submit: 'refused', asked: 'check', submission }]);
});

test('asks for no check where none is known and none was run', async () => {
  const standin = await startModel(scriptedActor([edit, submitTurn, submitTurn]));
  await run({ standin, tools: passing, deps: gateWith([]) });
  expect(sentMessages(standin).at(-1)).not.toContain('Files changed after');
});

test('names the check that the agent itself ran where none is known', async () => {
  const standin = await startModel(
    scriptedActor([bash('go test ./...'), edit, submitTurn, submitTurn]),
  );
  await run({ standin, tools: passing, deps: gateWith([]) });
  expect(sentMessages(standin).at(-1)).toContain('Run `go test ./...`');
});

test('asks once for the changes that a submission speaks of when nothing differs', async () => {
  const standin = await startModel(scriptedActor([submitTurn, submitTurn]));
  const outcome = await run({ standin, deps: { gate: nothingDiffers } });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2, submission });
  expect(sentMessages(standin).at(-1)).toContain('Nothing differs in the work tree');
});

test('holds a submission up twice at most, however often the tree changes', async () => {
  const standin = await startModel(({ messages }) =>
    messages.length % 4 === 1 ? edit : submitTurn,
  );
  let calls = 0;
  const gate = async () => {
    calls += 1;
    return { ...report, empty: calls === 1, checks: ['npm test'] };
  };
  const journal = testJournal();
  const outcome = await run({ standin, journal, tools: passing, deps: { gate } });
  expect(outcome.type).toBe('submitted');
  const asked = journal.entries.flatMap((entry) =>
    entry.type === 'tool_result' && entry.asked ? [entry.asked] : [],
  );
  expect(asked).toEqual(['change', 'check']);
});

test('comes to the same end wherever it is killed', async () => {
  const script = [edit, submitTurn, edit, submitTurn, submitTurn].map((turn, index) => ({
    ...turn,
    toolUses: (turn.toolUses ?? []).map((use) => ({ ...use, id: `toolu_${index}` })),
  }));
  const whole = testJournal();
  const deps = gateWith(['npm test']);
  const standin = await startModel(scriptedActor(script));
  await run({ standin, journal: whole, tools: passing, deps });
  const verdicts = (entries: typeof whole.entries) =>
    entries.flatMap((entry) =>
      entry.type === 'tool_result' && entry.submit ? [[entry.submit, entry.asked]] : [],
    );
  expect(verdicts(whole.entries)).toEqual([
    ['shown', 'check'],
    ['accepted', undefined],
  ]);
  for (let dieAfter = 1; dieAfter < whole.entries.length; dieAfter += 1) {
    const first = testJournal({ dieAfter });
    await expect(run({ standin, journal: first, tools: passing, deps })).rejects.toThrow(Killed);
    const journal = testJournal({ entries: first.entries });
    const outcome = await run({ standin, journal, tools: passing, deps });
    expect(outcome.type).toBe('submitted');
    expect(verdicts(journal.entries)).toEqual(verdicts(whole.entries));
  }
});
