import type { Logger } from 'pino';
import { aboutJob } from './about.ts';
import type { Job } from './job.ts';
import { logStage } from './log-stage.ts';
import { totalTokens } from './usage.ts';

/**
 * Logs what a job came to; metrics are counted from this line (core/metrics.ts). Times in ms, from the command to the
 * first worker (`waited_ms`) and to the end (`ms`).
 */
export function logEnd(around: Pick<Logger, 'child'>, job: Job): void {
  const log = around.child({ ...aboutJob(job.id), attempt: job.attempt });
  const { usage, created_at: since, ended_at: now = job.state_at } = job;
  if (job.state === 'pull_request')
    logStage(log, 'pr_opened', { from: now - (job.timings_ms?.publish ?? 0), since, now });
  log.info(
    {
      state: job.state,
      cause: job.cause?.code ?? 'none',
      cost_usd: job.cost_micro_usd / 1_000_000,
      tokens_in: totalTokens(usage) - usage.output_tokens,
      tokens_out: usage.output_tokens,
      turns: job.turns,
      ms: now - since,
      waited_ms: (job.started_at ?? now) - since,
      timings_ms: job.timings_ms,
    },
    'Job ended',
  );
}
