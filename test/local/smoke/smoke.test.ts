import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProcess } from '../../../core/process.ts';
import { organization } from '../../../local/demo/surroundings.ts';
import { readSmokeConfig } from '../../../local/smoke/config.ts';
import { childEnv } from '../../support/child-env.ts';
import { botComments, startRunning } from '../../support/e2e.ts';
import { root } from '../../support/tool.ts';

let running: Awaited<ReturnType<typeof startRunning>>;
beforeAll(async () => {
  running = await startRunning();
  await running.repository({ name: 'smoke', files: { 'readme.md': 'hello\n' } });
});
afterAll(() => running.close());

async function smoke(args: readonly string[], env: Record<string, string> = {}) {
  const end = await runProcess({
    command: process.execPath,
    args: [join(root, 'local/smoke/main.ts'), '--url', running.server.url, '--json', ...args],
    env: {
      ...childEnv,
      WEBHOOK_SECRET: running.env['WEBHOOK_SECRET'] ?? '',
      GITHUB_API_URL: running.github.url,
      SMOKE_GITHUB_TOKEN: running.github.userToken('requester'),
      ...env,
    },
  });
  const lines = end.stdout.toString().trim().split('\n');
  const { ok, steps } = JSON.parse(lines.at(-1) ?? '{}');
  return { exitCode: end.exitCode, ok, steps };
}

describe('the smoke test', () => {
  it('passes on a server that works, in the same issue each time', async () => {
    const trip = ['--repo', `${organization}/smoke`, '--seconds', '60'];
    for (let round = 1; round <= 2; round += 1) {
      const { exitCode, ok, steps } = await smoke(trip);
      expect(steps).toMatchObject([
        { name: 'health', ok: true },
        { name: 'signature', ok: true },
        { name: 'help', ok: true },
      ]);
      expect({ exitCode, ok }).toEqual({ exitCode: 0, ok: true });
    }
    expect(await botComments(running, { name: 'smoke', issue: 1 })).toHaveLength(2);
  });

  it('fails when the server has another secret, and tries the rest all the same', async () => {
    const end = await smoke([], { WEBHOOK_SECRET: 'a secret of somewhere else' });
    expect(end).toMatchObject({ exitCode: 1, ok: false });
    expect(end.steps).toMatchObject([
      { name: 'health', ok: true },
      { name: 'signature', ok: false, said: 'A signed ping was answered with 401' },
    ]);
  });

  it('fails when nobody answers', async () => {
    const trip = ['--repo', `${organization}/smoke`, '--seconds', '1'];
    running.github.setWebhookUrl(undefined);
    const { steps, exitCode } = await smoke(trip);
    running.github.setWebhookUrl(running.webhookUrl);
    expect(exitCode).toBe(1);
    expect(steps[2].said).toMatch(/^No answer within 1 s to http/);
  });
});

describe('the options of the smoke test', () => {
  const env = { WEBHOOK_SECRET: 's', SMOKE_GITHUB_TOKEN: 't' };
  const url = ['--url', 'https://pages.example/'];

  it('send webhooks beside the pages unless told otherwise', () => {
    expect(readSmokeConfig(url, env)).toMatchObject({
      url: 'https://pages.example',
      webhook: 'https://pages.example/api/github/webhooks',
      trip: undefined,
    });
    expect(readSmokeConfig([...url, '--webhook', 'https://hook.example/'], env).webhook).toBe(
      'https://hook.example',
    );
  });

  it.each([
    [[], env, '--url'],
    [['--url', 'pages'], env, '--url'],
    [url, {}, 'WEBHOOK_SECRET is missing'],
    [[...url, '--repo', 'smoke'], env, 'owner/name'],
    [[...url, '--repo', 'acme/smoke'], { WEBHOOK_SECRET: 's' }, 'SMOKE_GITHUB_TOKEN is missing'],
    [[...url, '--seconds', 'soon'], env, '--seconds'],
    [[...url, '--other'], env, '--other'],
  ])('are refused: %j', (args, given, said) => {
    expect(() => readSmokeConfig(args, given)).toThrow(said);
  });
});
