import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CauseCode } from '../../core/cause.ts';
import { embedMetrics } from '../../core/embed-metrics.ts';
import { JobState } from '../../core/job.ts';
import { createLog } from '../../core/log.ts';
import { logEnd } from '../../core/log-end.ts';
import { logStage } from '../../core/log-stage.ts';
import { type Metric, metrics, webhookMetrics } from '../../core/metrics.ts';
import { metricProblems, withMetrics } from '../support/embedded-metrics.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';
import { root } from '../support/tool.ts';

const all: readonly Metric[] = [...webhookMetrics, ...metrics];
const files = globSync('{app,worker,core}/**/*.ts', { cwd: root, exclude: ['core/metrics.ts'] });
const code = files.map((file) => readFileSync(join(root, file), 'utf8'));

/** The arguments of the one call that logs the message, back to its beginning. */
function logged(message: string): string {
  const text = code.find((one) => one.includes(`'${message}'`)) ?? '';
  const end = text.indexOf(`'${message}'`);
  return text.slice(Math.max(0, end - 800), end);
}

function record(namespace?: string) {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLog({ level: 'info', name: 'test', metrics: namespace, stream }) };
}

const [job] = exampleJobs(exampleRequest(), { state: 'failed', ended_at: 61_000 });
const failed = { ...job!, cause: { code: 'stuck' as const, sentence: 'No.' } };

describe('the metrics', () => {
  it.each(all)('count a line that the code writes: $name', ({ message }) => {
    expect(code.some((text) => text.includes(`'${message}'`))).toBe(true);
  });

  it.each(all)(
    'read fields that stand in the line: $name',
    ({ message, value, where, by = [] }) => {
      for (const field of [value, where?.field, ...by.flat()])
        if (field !== undefined) expect(logged(message)).toMatch(new RegExp(`\\b${field}\\b`));
    },
  );

  it('have names of their own, which are no fields', () => {
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(all.length);
    for (const name of names) expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
  });

  it('are split by nothing that has many values', () => {
    const fields = new Set(all.flatMap(({ by = [] }) => by.flat()));
    expect(fields).toEqual(new Set(['status', 'stage', 'state', 'cause', 'action']));
    expect(CauseCode.options.length + JobState.options.length).toBeLessThan(60);
  });
});

describe('a line of the log', () => {
  it('has its metrics in it, as CloudWatch takes them', () => {
    const { lines, log } = record('CodyBatch/test');
    logEnd(log, failed);
    logStage(log, 'admitted', { from: 1_000, since: 1_000, now: 3_500 });
    log.info({ due: 3, jobs: 2, reports: 1, oldest_ms: 0 }, 'Swept');
    const written = withMetrics(lines);
    expect(written).toHaveLength(3);
    expect(written.flatMap(metricProblems)).toEqual([]);
    expect(written[0]).toMatchObject({
      job: failed.id,
      state: 'failed',
      cause: 'stuck',
      JobsEnded: 1,
      CostUsd: failed.cost_micro_usd / 1e6,
      JobTime: 61_000 - failed.created_at,
    });
    expect(written[0]).toHaveProperty('_aws.CloudWatchMetrics.0', {
      Namespace: 'CodyBatch/test',
      Dimensions: [[], ['state'], ['cause']],
      Metrics: [{ Name: 'JobsEnded', Unit: 'Count' }],
    });
    expect(written[1]).toMatchObject({ RequestsAccepted: 1, StageTime: 2_500 });
    expect(written[2]).toMatchObject({ Sweeps: 1, SweepRepairs: 2, OldestWaitingJob: 0 });
  });

  it('has none without a namespace, and none when it counts nothing', () => {
    const silent = record();
    logEnd(silent.log, failed);
    const { lines, log } = record('CodyBatch/test');
    log.info({ text: '"msg":"Swept"}' }, 'Something else');
    expect([...withMetrics(silent.lines), ...withMetrics(lines)]).toEqual([]);
  });

  it('is taken whatever stands in its fields', () => {
    const field = fc.oneof(fc.string(), fc.double(), fc.constant(undefined), fc.object());
    const names = ['ms', 'since_ms', 'stage', 'state', 'cause', 'status', 'jobs', 'cost_usd'];
    const fields = fc.record(Object.fromEntries(names.map((name) => [name, field])));
    fc.assert(
      fc.property(fields, fc.constantFrom(...all), (given, { message }) => {
        const line = { ...given, msg: message };
        const embedded = embedMetrics(line, { namespace: 'x', metrics: all, at: Date.UTC(2026) });
        if ('_aws' in embedded)
          expect(metricProblems(JSON.parse(JSON.stringify(embedded)))).toEqual([]);
      }),
    );
  });

  it('of the webhook has its status as text', () => {
    const line = { status: 202, ms: 7, msg: 'Webhook' };
    const counted = { namespace: 'x', metrics: webhookMetrics, at: Date.UTC(2026) };
    const embedded = embedMetrics(line, counted);
    expect(metricProblems(embedded)).toEqual([]);
    expect(embedded).toMatchObject({ status: '202', Webhooks: 1, AckTime: 7 });
  });
});
