import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Request } from '../../core/request.ts';
import { type CheckScene, openCheckScene } from './support/check-scene.ts';
import { type RunningApp, startRunningApp } from './support/running-app.ts';

let running: RunningApp;
let scene: CheckScene;

beforeAll(async () => {
  running = await startRunningApp();
});
beforeEach(async () => {
  scene = await openCheckScene(running);
});
afterEach(() => {
  expect(running.github.violations()).toEqual([]);
});
afterAll(() => running.close());

async function requests(): Promise<readonly Request[]> {
  const request = await running.requestOf(scene.pull);
  return request ? [request] : [];
}

/** How many times a check run was written. */
function writes(): number {
  return running.github
    .requests()
    .filter(({ method, path }) => method !== 'GET' && path.includes('/check-runs')).length;
}

describe('the check run with buttons', () => {
  it('stands on the head of a pull request where the file names prompts', async () => {
    expect(await scene.checks()).toMatchObject([
      {
        name: 'Cody prompts',
        status: 'completed',
        conclusion: 'neutral',
        output: { title: 'tests, Docs' },
      },
    ]);
    expect(scene.buttons().map(({ label }) => label)).toEqual(['tests', 'Docs']);
  });

  it('gains a button when a check of another app fails', async () => {
    const [before] = await scene.checks();
    await scene.fail('unit tests');
    expect(scene.buttons().map(({ label }) => label)).toEqual([
      'Fix failing checks',
      'tests',
      'Docs',
    ]);
    expect((await scene.checks()).map(({ id }) => id)).toContain(before?.id);
  });

  it('is made once for events that come together, and not written again for nothing', async () => {
    const before = writes();
    await scene.redeliver('pull_request');
    expect(writes()).toBe(before);
  });
});

describe('a press', () => {
  it('makes a request with its stored prompt, and gives fresh buttons', async () => {
    const [button] = scene.buttons();
    await scene.press('requester', 'tests');
    expect(await requests()).toMatchObject([
      {
        source: { type: 'button', pull_request: scene.pull.number, head_sha: scene.head },
        requester: { login: 'requester' },
        prompt_excerpt: 'Make the tests pass.',
      },
    ]);
    const [check] = await scene.checks();
    expect(check?.output.summary).toContain('requester started request');
    expect(scene.buttons().map(({ identifier }) => identifier)).not.toContain(button?.identifier);
    const comments = await running.comments(scene.pull);
    expect(comments.map(({ body }) => body).join()).toContain('Make the tests pass.');
  });

  it('does nothing more when it is delivered again', async () => {
    await scene.press('requester', 'tests');
    const before = await requests();
    await scene.redeliver('check_run');
    expect(await requests()).toEqual(before);
    expect(await running.comments(scene.pull)).toHaveLength(1);
  });

  it('of somebody else on a used button starts nothing', async () => {
    const { identifier } = scene.button('tests');
    await scene.press('requester', 'tests');
    await scene.forge('writer', { requested_action: { identifier } });
    expect(await running.comments(scene.pull)).toHaveLength(1);
    expect((await scene.checks())[0]?.output.summary).toContain('Somebody else had pressed');
  });

  it('of a reader is refused in the check run', async () => {
    const { identifier } = scene.button('tests');
    await scene.forge('reader', { requested_action: { identifier } });
    expect(await requests()).toEqual([]);
    const [check] = await scene.checks();
    expect(check).toMatchObject({ conclusion: 'neutral' });
    expect(check?.output.summary).toContain('reader pressed a button');
    expect(check?.output.summary).toContain('need write permission');
    expect(await running.comments(scene.pull)).toEqual([]);
    expect(scene.button('tests').identifier).not.toBe(identifier);
  });

  it('on a head that the pull request has left says so', async () => {
    const { identifier } = scene.button('tests');
    await scene.push();
    await scene.forge('requester', { requested_action: { identifier } });
    expect(await requests()).toEqual([]);
    expect((await scene.checksOf(scene.head))[0]?.output.summary).toContain('has newer commits');
  });

  it.each([
    ['on a check run of another app', { check_run: { app: { id: 1 } } }],
    ['by a bot', { sender: { type: 'Bot' } }],
    ['with the identifier of another check run', { check_run: { id: 1 } }],
    ['in another repository', { repository: { id: 1 } }],
  ])('%s is ignored', async (_, change) => {
    const { identifier } = scene.button('tests');
    await scene.forge('requester', { requested_action: { identifier }, ...change });
    expect(await requests()).toEqual([]);
  });

  it('with an unknown identifier is told to press again', async () => {
    await scene.forge('requester', { requested_action: { identifier: 'AAAAAAAAAAAAAAAA' } });
    expect(await requests()).toEqual([]);
    expect((await scene.checks())[0]?.output.summary).toContain('is out of date');
  });
});

describe('"Re-run"', () => {
  it('on the buttons writes them again', async () => {
    const before = scene.button('tests').identifier;
    await scene.rerun('writer');
    expect(scene.button('tests').identifier).not.toBe(before);
    expect(await requests()).toEqual([]);
  });

  it('of all checks starts nothing and leaves no suite open', async () => {
    await scene.rerunAll('writer');
    expect(await requests()).toEqual([]);
    expect(await scene.suites()).toMatchObject([{ status: 'completed' }]);
  });
});
