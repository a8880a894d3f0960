import type { Logger } from 'pino';
import type { Job } from '../../core/job.ts';
import { logStage, type Stage } from '../../core/log-stage.ts';

/** Says that the attempt has come to a stage. The time that it took counts from the stage before it. */
export type Reached = (stage: Stage) => void;

/** Returns the log of an attempt's stages, which begin with its claim. */
export function createStages(
  { log, now }: Readonly<{ log: Pick<Logger, 'info'>; now: () => number }>,
  { created_at: since, state_at: claimedAt, timings_ms }: Job,
): Reached {
  let from = claimedAt - (timings_ms?.claim ?? 0);
  return (stage) => {
    const at = stage === 'claimed' ? claimedAt : now();
    logStage(log, stage, { from, since, now: at });
    from = at;
  };
}

/** A function that says it once. */
export function once(reached: Reached, stage: Stage): () => void {
  let said = false;
  return () => {
    if (!said) reached(stage);
    said = true;
  };
}
