import type { Logger } from 'pino';
import type { Job } from '../../core/job.ts';
import { isTerminal } from '../../core/job-state.ts';
import { totalTokens } from '../../core/usage.ts';

/**
 * Logs what a job came to, once it has ended; metrics are counted from this line (infra/metrics.ts). Times in ms, from
 * the command to the first worker (`waited_ms`) and to the end (`ms`).
 */
export function logEnd(log: Pick<Logger, 'info'>, job: Job): void {
  if (!isTerminal(job.state)) return;
  const { usage } = job;
  log.info(
    {
      state: job.state,
      cause: job.cause?.code,
      cost_usd: job.cost_micro_usd / 1_000_000,
      tokens_in: totalTokens(usage) - usage.output_tokens,
      tokens_out: usage.output_tokens,
      turns: job.turns,
      ms: (job.ended_at ?? job.state_at) - job.created_at,
      waited_ms: (job.started_at ?? job.state_at) - job.created_at,
      timings_ms: job.timings_ms,
    },
    'Job ended',
  );
}
