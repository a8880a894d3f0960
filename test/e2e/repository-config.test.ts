import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readSeedFiles } from '../../local/demo/seed-files.ts';
import { ending, fixPrompt, type Running, startRunning, view } from '../support/e2e.ts';

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;

// GitHub Enterprise Server has its API below a path, and its own host in all addresses.
beforeAll(async () => {
  stack = await startRunning(({ github }) => ({
    GITHUB_API_URL: `${github.url}/api/v3`,
    GITHUB_SERVER_URL: github.serverUrl.replace('127.0.0.1', 'localhost'),
  }));
});

afterAll(() => stack?.close());

it('bounds the run as the repository says, names what is wrong there, and shows what was detected', async () => {
  const seed = fileURLToPath(new URL('../../local/demo/seed/web-app', import.meta.url));
  const config = 'effort: low\nlimits:\n  turns: 0\nbudgets:\n  job: 0.9\n';
  const files = { ...(await readSeedFiles(seed)), '.github/cody.yml': config };
  await stack.repository({ name: 'configured', files });
  const place = { name: 'configured', issue: stack.issue('configured') };
  const end = await ending(stack, await stack.comment(place, `/cody ${fixPrompt}`));
  expect(end.type).toBe('closed');

  const { pulls, checkRuns } = await view(stack, 'configured');
  expect(pulls).toHaveLength(1);
  expect(pulls[0]?.pull.body).toContain('These commands were detected');
  const summary = checkRuns.find(({ name }) => name === 'Cody')?.output.summary ?? '';
  expect(summary).toContain('claude-sonnet-5-5, low');
  expect(summary).toMatch(/limits\.turns.* is 0.*nearest valid value is 1/);
  expect(summary).toMatch(/detected and run after the agent: .*npm test.* \(package\.json\)/);
  const asked = JSON.stringify(stack.model?.requests().at(-1)?.body);
  expect(asked).toContain('150 turns, 45 minutes and 0.90 US dollars');
});

it('speaks to a GitHub Enterprise Server by its own addresses only', async () => {
  const { github } = stack;
  const ours = github
    .requests()
    .filter(({ path, principal }) => principal.type !== 'user' && !path.includes('.git/'));
  expect(ours.length).toBeGreaterThan(10);
  expect(ours.filter(({ path }) => !path.startsWith('/api/v3/'))).toEqual([]);

  const { pulls } = await view(stack, 'configured');
  const [made] = pulls;
  const { port } = new URL(github.serverUrl);
  expect(made?.pull.body).toContain(`http://localhost:${port}/acme/configured/issues/`);
  const commit = await fetch(`${github.url}/repos/acme/configured/commits/${made?.pull.head.ref}`, {
    headers: { authorization: `Bearer ${github.userToken('requester')}`, 'user-agent': 'test' },
  });
  const text = await commit.text();
  expect(text).toContain('+requester@users.noreply.localhost>');
  expect(`${text}${made?.pull.body}`).not.toMatch(/(?<!docs\.)github\.com/);
});
