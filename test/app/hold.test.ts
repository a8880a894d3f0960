import { describe, expect, it } from 'vitest';
import { type Hold, holdOf } from '../../app/hold.ts';
import { type ModelPause, modelKeyId, nextPause } from '../../core/store/model-pause.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';

const now = 1_700_000_000_000;
const hour = 3_600_000;
const probeMs = hour / 4;

function paused(change: Partial<ModelPause> = {}): ModelPause {
  return { ...nextPause(undefined, { now, probeMs }), ...change };
}

const over = { until: now - 1 };
const sixHoursAgo = now - 6 * hour;
const tried = (probe_until: number) => paused({ ...over, probe_job: 'other', probe_until });

describe('a queued job', () => {
  const cases: readonly (readonly [string, ModelPause | undefined, Hold])[] = [
    ['starts when nothing is paused', undefined, { type: 'none' }],
    ['waits until the next try', paused(), { type: 'wait', until: now + probeMs }],
    ['tries when the time has come', paused(over), { type: 'probe', pause: paused(over) }],
    ['waits while another one tries', tried(now + 9), { type: 'wait', until: now + 9 }],
    ['tries when the one that tried is late', tried(now), { type: 'probe', pause: tried(now) }],
    ['ends when it has waited for six hours', paused({ since: sixHoursAgo }), { type: 'end' }],
    [
      'waits no longer than six hours',
      paused({ since: sixHoursAgo + 5, until: now + hour }),
      { type: 'wait', until: now + 5 },
    ],
  ];
  it.each(cases)('%s', (_, pause, hold) => {
    const [job] = exampleJobs(exampleRequest(), { state_at: now - 9 * hour });
    expect(holdOf({ job: job!, pause, now })).toEqual(hold);
  });

  it('goes on trying after its worker was lost', () => {
    const [job] = exampleJobs(exampleRequest());
    const pause = paused({ ...over, probe_job: job!.id, probe_until: now + 9 });
    expect(holdOf({ job: job!, pause, now }).type).toBe('probe');
  });

  it('is not held back when it only has to publish', () => {
    const [job] = exampleJobs(exampleRequest(), { phase: 'publish' });
    expect(holdOf({ job: job!, pause: paused(), now })).toEqual({ type: 'none' });
  });

  it('does not end for a pause that is younger than its waiting', () => {
    const [job] = exampleJobs(exampleRequest(), { state_at: now - 20 * hour });
    expect(holdOf({ job: job!, pause: paused(), now }).type).toBe('wait');
  });
});

describe('a pause', () => {
  it('doubles with each try that fails, up to an hour, and keeps its beginning', () => {
    const waits: number[] = [];
    let pause = paused();
    for (let tries = 0; tries < 4; tries += 1) {
      pause = nextPause(pause, { now: pause.until, probeMs });
      waits.push(pause.wait_ms / 60_000);
    }
    expect(waits).toEqual([30, 60, 60, 60]);
    expect(pause.since).toBe(now);
  });

  it('does not grow by workers beside each other that meet the limit together', () => {
    const second = nextPause(paused(), { now: now + 5, probeMs });
    expect(second).toEqual({ ...paused(), failed_at: now + 5 });
  });

  it('names a key by a part of its hash', () => {
    expect(modelKeyId('sk-secret')).toMatch(/^[0-9a-f]{16}$/);
    expect(modelKeyId('sk-secret')).not.toBe(modelKeyId('sk-other'));
  });
});
