import { expect, test } from 'vitest';
import type { Actor, ActorTurn } from '../../../local/standin/anthropic/actor.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { parseDescription } from '../../../worker/agent/describe-run.ts';
import { Killed, run, startModel, submission, submitTurn, testJournal } from './support/harness.ts';

const report = { empty: false, stat: '1 file', diff: '+++ b/sum.ts\n+return a + b;', findings: [] };
const deps = { gate: async () => report };
const nothingDiffers = async () => ({ ...report, empty: true });
const described = { title: 'Add both numbers', summary: 'The sum left one out.', not_done: [] };

/** Plays the turns and answers a question of its own with these words. */
function actorWith(turns: readonly ActorTurn[], answer: unknown = described): Actor {
  const agent = scriptedActor(turns);
  return (conversation) =>
    conversation.outputSchema === null ? agent(conversation) : { text: JSON.stringify(answer) };
}

const words: readonly ActorTurn[] = [{ text: 'Done.' }, { text: 'It is done.\nThe sum is right.' }];

test('writes title and summary for a change that was never submitted', async () => {
  const standin = await startModel(actorWith(words));
  const outcome = await run({ standin, deps });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2, submission: described });
  const body = JSON.stringify(standin.requests().at(-1)?.body);
  expect(body).toContain('+return a + b;');
  expect(body).toContain('The sum is right.');
  expect(body.length).toBeLessThan(10_000);
});

test('gives a run that a limit stopped words for its draft', async () => {
  const read = { toolUses: [{ name: 'read', input: { file_path: 'a.ts' } }] };
  const standin = await startModel(actorWith(Array.from({ length: 9 }, () => read)));
  const outcome = await run({ standin, deps, limits: { max_turns: 4 } });
  expect(outcome).toMatchObject({
    type: 'stopped',
    cause: { code: 'turn_limit' },
    submission: described,
  });
});

test('asks for no words where some were submitted or nothing differs', async () => {
  const submitted = await startModel(actorWith([submitTurn, submitTurn]));
  expect(await run({ standin: submitted, deps })).toMatchObject({ submission });
  expect(submitted.requests()).toHaveLength(2);
  const same = await startModel(actorWith(words));
  expect(await run({ standin: same, deps: { gate: nothingDiffers } })).toMatchObject({
    submission: { title: 'It is done.' },
  });
  expect(same.requests()).toHaveLength(2);
});

test('falls back on the last words when the answer is not what was asked for', async () => {
  const standin = await startModel(actorWith(words, { title: '' }));
  expect(await run({ standin, deps })).toMatchObject({ submission: { title: 'It is done.' } });
});

test('asks nothing of a model that refused', async () => {
  const standin = await startModel(actorWith(words));
  standin.faults.add({ type: 'refusal_before_output' });
  expect(await run({ standin, deps })).toMatchObject({ cause: { code: 'model_refused' } });
  expect(standin.requests()).toHaveLength(1);
});

test('cuts a title at 70 characters and puts it on one line', () => {
  const long = JSON.stringify({ ...described, title: `Add\n${'all '.repeat(30)}` });
  const title = parseDescription(long)?.title ?? '';
  expect(title).toMatch(/^Add all .*…$/);
  expect(title.length).toBeLessThanOrEqual(70);
  expect(parseDescription('{}')).toBeUndefined();
  expect(parseDescription('no JSON')).toBeUndefined();
});

test('is paid once wherever the run is killed, except when it is in flight', async () => {
  const whole = testJournal();
  await run({ standin: await startModel(actorWith(words)), journal: whole, deps });
  for (let dieAfter = 1; dieAfter < whole.entries.length; dieAfter += 1) {
    const standin = await startModel(actorWith(words));
    const first = testJournal({ dieAfter });
    await expect(run({ standin, journal: first, deps })).rejects.toThrow(Killed);
    const journal = testJournal({ entries: first.entries });
    expect(await run({ standin, journal, deps })).toMatchObject({ submission: described });
    const inFlight = first.entries.at(-1)?.type === 'side_intent';
    const results = journal.entries.flatMap((entry) =>
      entry.type === 'side_result' ? [entry.status] : [],
    );
    expect(results).toEqual(inFlight ? ['lost', 'answered'] : ['answered']);
  }
});
