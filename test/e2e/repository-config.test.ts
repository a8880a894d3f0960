import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { readSeedFiles } from '../../local/demo/seed-files.ts';
import {
  botComments,
  ending,
  fixPrompt,
  reply,
  type Running,
  startRunning,
  view,
} from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;

beforeAll(async () => {
  stack = await startRunning();
  const defaults = 'labels: [cody]\nlimits: {turns: 90}\n';
  await stack.repository({ name: '.github', files: { 'cody.yml': defaults } });
});

afterAll(() => stack?.close());

/** The demo's web application with another configuration, and an issue in it. */
async function configured(name: string, config: string) {
  const seed = fileURLToPath(new URL('../../local/demo/seed/web-app', import.meta.url));
  const files = { ...(await readSeedFiles(seed)), '.github/cody.yml': config };
  await stack.repository({ name, files });
  return { name, issue: stack.issue(name) };
}

async function published(name: string) {
  const { pulls, checkRuns } = await view(stack, name);
  const summary = checkRuns.find((run) => run.name === 'Cody')?.output.summary ?? '';
  const asked = JSON.stringify(stack.model?.requests().at(-1)?.body);
  return { pull: pulls[0]?.pull, count: pulls.length, summary, asked };
}

it("bounds the run by the repository's and the organization's files and publishes as they say", async () => {
  const config =
    'effort: low\nlimits: {turns: 120}\nbudget: {job: 0.9}\ndraft: true\npaths: [src]\n';
  const place = await configured('configured', config);
  const end = await ending(stack, await stack.comment(place, `/cody ${fixPrompt}`));
  expect(end.type).toBe('closed');

  const { pull, count, summary, asked } = await published('configured');
  expect(count).toBe(1);
  expect(pull).toMatchObject({
    draft: true,
    body: expect.stringContaining('commands were detected'),
  });
  expect(summary).toContain('claude-sonnet-5-5, low');
  expect(summary).toMatch(/detected and run after the agent: .*npm test.* \(package\.json\)/);
  expect(asked).toContain('90 turns, 45 minutes and 0.90 US dollars');
  expect(asked).toContain('Change nothing outside of');
  const path = `repos/acme/configured/issues/${String(pull?.number)}`;
  expect(
    JSON.stringify(await stack.requester.get(path, z.object({ labels: z.unknown() }))),
  ).toContain('"cody"');
});

it('leaves a broken file aside as a whole and says why', async () => {
  const place = await configured('broken-file', 'effort: low\nlimits:\n  turns: 0\n');
  const end = await ending(stack, await stack.comment(place, `/cody ${fixPrompt}`));
  expect(end.type).toBe('closed');
  const { pull, summary } = await published('broken-file');
  expect(summary).toContain('claude-sonnet-5-5, high');
  const [status] = await botComments(stack, place);
  for (const text of [summary, pull?.body ?? '', status?.body ?? ''])
    expect(text).toMatch(/line 3.*limits\.turns.* is .*0.*nearest valid value is 1/);
});

it('refuses whom a file does not allow, and everyone while it can not be read', async () => {
  const closed = await configured('closed', 'allowed: [maintainer]\nmodels: [claude-haiku-5-5]\n');
  expect(await reply(stack, await stack.comment(closed, '/cody Fix it'))).toContain(
    'You are not among those who may use `acme/closed`',
  );
  const broken = await configured('unreadable', 'allowed: [requester\n');
  expect(await reply(stack, await stack.comment(broken, '/cody Fix it'))).toContain(
    "can't be used while `.github/cody.yml` doesn't say readably who may use it",
  );
  const bounded = await configured('bounded', 'models: [claude-haiku-5-5]\nbudget: {job: 0.5}\n');
  const asked = '/cody --model claude-opus-5-5 --budget 3 --path src Fix it';
  const refused = await reply(stack, await stack.comment(bounded, asked));
  expect(refused).toContain('`claude-opus-5-5` may not be used in `acme/bounded`');
  expect(refused).toContain('above the limit of $0.50');
});
