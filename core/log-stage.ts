import type { Logger } from 'pino';

/**
 * The stages of a command on its way to a pull request. `received` and `acked` stand in the one line of the webhook
 * (app/receive.ts), the others have a line each.
 */
export type Stage =
  'admitted' | 'launched' | 'claimed' | 'workspace_ready' | 'first_token' | 'pr_opened';

/** When a stage was reached. All in Unix ms. */
export type StageTimes = Readonly<{
  /** When the stage before it was. */
  from: number;
  /** When the command was given, or taken where that is not known. */
  since: number;
  now: number;
}>;

/**
 * Logs that a stage was reached, with the time that it took (`ms`) and the time since the command (`since_ms`);
 * metrics are counted from this line (core/metrics.ts). Clocks of two machines may differ, and nothing takes less
 * than no time.
 */
export function logStage(log: Pick<Logger, 'info'>, stage: Stage, times: StageTimes): void {
  const { from, since, now } = times;
  log.info(
    { stage, ms: Math.max(0, now - from), since_ms: Math.max(0, now - since) },
    'Stage reached',
  );
}
