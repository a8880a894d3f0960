import { describe, expect, it } from 'vitest';
import { logEnd } from '../../core/log-end.ts';
import { logStage } from '../../core/log-stage.ts';
import { createStages, once } from '../../worker/job/stages.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';

function recorder() {
  const lines: Record<string, unknown>[] = [];
  const info = (fields: object, msg: string) => {
    lines.push({ ...fields, msg });
  };
  return { lines, info, child: () => ({ info }) };
}

function exampleJob(change: Parameters<typeof exampleJobs>[1]) {
  const [job] = exampleJobs(exampleRequest(), change);
  if (!job) throw new Error('no job');
  return job;
}

describe('the stages of a command', () => {
  it('have the time since the stage before and since the command', () => {
    const log = recorder();
    logStage(log as never, 'launched', { from: 3_000, since: 1_000, now: 4_500 });
    expect(log.lines).toEqual([
      { stage: 'launched', ms: 1_500, since_ms: 3_500, msg: 'Stage reached' },
    ]);
  });

  it('take no time where the clock of another machine is ahead', () => {
    const log = recorder();
    logStage(log as never, 'admitted', { from: 5_000, since: 5_000, now: 4_000 });
    expect(log.lines[0]).toMatchObject({ ms: 0, since_ms: 0 });
  });

  it('follow each other in an attempt from its start on, the first token once', () => {
    const log = recorder();
    const clock = { now: 20_000 };
    const job = exampleJob({ created_at: 1_000, state_at: 10_000, timings_ms: { claim: 4_000 } });
    const reached = createStages({ log: log as never, now: () => clock.now }, job);
    reached('claimed');
    reached('workspace_ready');
    clock.now = 25_000;
    const first = once(reached, 'first_token');
    first();
    first();
    expect(log.lines.map(({ stage, ms, since_ms }) => [stage, ms, since_ms])).toEqual([
      ['claimed', 4_000, 9_000],
      ['workspace_ready', 10_000, 19_000],
      ['first_token', 5_000, 24_000],
    ]);
  });

  it('end with the pull request, if there is one', () => {
    const log = recorder();
    const end = { created_at: 1_000, ended_at: 61_000, timings_ms: { publish: 2_000 } };
    logEnd(log as never, exampleJob({ ...end, state: 'pull_request' }));
    logEnd(log as never, exampleJob({ ...end, state: 'failed' }));
    expect(log.lines.map(({ msg, stage, ms, state }) => [msg, stage ?? state, ms])).toEqual([
      ['Stage reached', 'pr_opened', 2_000],
      ['Job ended', 'pull_request', 60_000],
      ['Job ended', 'failed', 60_000],
    ]);
  });
});
