import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { demoActor } from '../../../local/standin/anthropic/demo-actor/demo-actor.ts';
import { callsOf, documentOf, git, prompt, type Started, startScene } from './cli.ts';

/** A scene whose command line gets a signal while its call number `at` waits for the answer. */
async function startInterrupted(at: number, signal: NodeJS.Signals) {
  let calls = 0;
  const running: Started[] = [];
  const scene = await startScene((conversation) => {
    calls += 1;
    for (const { pid } of calls === at ? running : []) process.kill(pid, signal);
    return demoActor(conversation);
  });
  // The answer stops half-way, so that the signal is always quicker.
  scene.standin.faults.add({
    type: 'stall',
    pings: false,
    when: ({ path, number }) => path === '/v1/messages' && number === at,
  });
  const cli = scene.start(['--dir', 'web-app', '--json', prompt]);
  running.push(cli);
  const first = await cli.ended;
  const [id = ''] = await readdir(join(scene.data, 'agent'));
  return { ...scene, first, id };
}

async function countOf(path: string, type: string): Promise<number> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.filter((line) => Object(JSON.parse(line)).entry.type === type).length;
}

it('goes on after kill -9 and pays only the call in flight again', async () => {
  const whole = await startScene();
  const wanted = documentOf(await whole.run(['--dir', 'web-app', '--json', prompt]));
  const patch = await readFile(wanted.patch ?? '', 'utf8');

  for (const at of [1, 6]) {
    const { first, id, run, standin, checkout, data } = await startInterrupted(at, 'SIGKILL');
    expect(first.exitCode).toBe(null);
    expect(callsOf(standin)).toBe(at);
    const ended = await run(['--resume', id, '--json']);
    const result = documentOf(ended);
    expect(result).toMatchObject({
      id,
      outcome: 'patch',
      cause: 'completed',
      verification: { status: 'green' },
    });
    expect(await readFile(result.patch ?? '', 'utf8')).toBe(patch);
    const journal = join(data, 'agent', id, 'journal.jsonl');
    expect(await countOf(journal, 'call_failed')).toBe(1);
    expect(await countOf(journal, 'request_intent')).toBe(callsOf(standin));
    expect(callsOf(standin)).toBe(result.turns + 1);
    expect(await git(checkout, 'status', '--porcelain')).toBe('');
    // What is left of the run is small: the copy of the checkout is gone.
    expect(await readdir(join(data, 'agent', id))).not.toContain('copy');
  }
}, 120_000);

it('keeps the partial patch after Ctrl-C and goes on from there', async () => {
  const { first, id, run, standin } = await startInterrupted(5, 'SIGINT');
  expect(first.exitCode).toBe(130);
  const stopped = documentOf(first);
  expect(stopped).toMatchObject({ id, outcome: 'interrupted', cause: 'cancelled_by_user' });
  expect(await readFile(stopped.patch ?? '', 'utf8')).toContain('Math.floor');
  expect(first.stderr).toContain(`npm run agent -- --resume ${id}`);

  const result = documentOf(await run(['--resume', id, '--json', '--apply']));
  expect(result).toMatchObject({ outcome: 'patch', cause: 'completed', applied: true });
  expect(callsOf(standin)).toBe(result.turns + 1);

  const again = documentOf(await run(['--resume', id, '--json']));
  expect(again).toMatchObject({ outcome: 'patch', turns: result.turns });
  expect(again.cost_micro_usd).toBe(result.cost_micro_usd);
  expect(callsOf(standin)).toBe(result.turns + 1);
});

it('refuses a run that is unknown', async () => {
  const { run } = await startScene();
  const unknown = await run(['--resume', 'aaaaaaaaaa']);
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain('There is no run aaaaaaaaaa');
});

it('refuses a run that another process works on', async () => {
  const { id, data, run, standin } = await startInterrupted(1, 'SIGKILL');
  await writeFile(join(data, 'agent', id, 'pid'), String(process.pid));
  const refused = await run(['--resume', id]);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain(`still going on in process ${process.pid}`);
  expect(callsOf(standin)).toBe(1);
});
