import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { organization } from '../../local/demo/surroundings.ts';
import {
  botComments,
  cloneAndTest,
  ending,
  type Running,
  startRunning,
  until,
  view,
} from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;

beforeAll(async () => {
  stack = await startRunning();
});
afterAll(() => stack?.close());

const name = 'buttons';
const Runs = z.object({
  check_runs: z.array(z.object({ id: z.number(), name: z.string(), conclusion: z.string() })),
});

async function promptsRun(sha: string): Promise<number | undefined> {
  const path = `repos/${organization}/${name}/commits/${sha}/check-runs`;
  const { check_runs } = await stack.requester.get(path, Runs);
  return check_runs.find((run) => run.name === 'Cody prompts')?.id;
}

it('a failed check gets a button, and a press on it a commit with the cause fixed', async () => {
  await stack.broken(name, 'web-app');
  const asked = { name, issue: stack.issue(name) };
  await ending(stack, await stack.comment(asked, '/cody Mention the unit in the README.'));
  const [opened] = (await view(stack, name)).pulls;
  if (!opened) throw new Error('No pull request was opened');
  const { sha, ref } = opened.pull.head;
  await until('the buttons appear', async () => (await promptsRun(sha)) !== undefined);
  const on = { owner: organization, name, checkRunId: (await promptsRun(sha)) ?? 0 };
  const labels = () => stack.github.shownButtons(on).map(({ label }) => label);
  await until('the file and the request have theirs', () => labels().length === 2);
  expect(labels()).toEqual(['Run prompt', 'Fix the tests']);

  await stack.github.endJob({
    owner: organization,
    name,
    sha,
    job: 'durations',
    conclusion: 'failure',
    log: '2026-01-02T03:04:05.1234567Z not ok 2 - shows hours in the log of the runner\n',
  });
  await until('it gets its button', () => labels().includes('Fix failing checks'));
  const [fix] = stack.github.shownButtons(on);
  expect(labels()).toEqual(['Fix failing checks', 'Run prompt', 'Fix the tests']);
  await stack.github.pressButton({ ...on, login: 'requester', identifier: fix?.identifier ?? '' });

  const place = { name, issue: opened.pull.number };
  await until('the request ends', async () =>
    (await botComments(stack, place)).some(({ body }) => body.includes('pull request is updated')),
  );
  const { pulls, checkRuns } = await view(stack, name);
  const head = pulls[0]?.pull.head.sha;
  expect(pulls).toHaveLength(1);
  expect(head).not.toBe(sha);
  expect((await cloneAndTest(stack, { name, branch: ref })).tests.exitCode).toBe(0);
  expect(checkRuns.every(({ status }) => status === 'completed')).toBe(true);
  const bodies = (stack.model?.requests() ?? []).map(({ body }) => JSON.stringify(body));
  expect(bodies.some((body) => body.includes('not ok 2 - shows hours in the log'))).toBe(true);
  expect(stack.github.violations()).toEqual([]);
});
