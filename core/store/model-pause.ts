import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { sha256 } from '../ids.ts';
import type { Table } from './table.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** A key of the model API whose account has met its spend limit. Times are Unix ms. */
export const ModelPause = z.object({
  type: z.literal('model_pause'),
  reason: z.literal('model_spend_limit'),
  /** When the first call was refused. */
  since: z.number().int(),
  /** When the last one was. */
  failed_at: z.number().int(),
  /** Then one job may try again. */
  until: z.number().int(),
  /** The present distance of tries, ms. */
  wait_ms: z.number().int(),
  /** The job that tries, and how long it has for it. */
  probe_job: z.string().optional(),
  probe_until: z.number().int().optional(),
});
export type ModelPause = z.infer<typeof ModelPause>;

/** A pause that nobody meets any more is forgotten after so long. */
const keptMs = 7 * 24 * 3_600_000;

/** The longest distance of tries. */
const longestWaitMs = 3_600_000;

/** The pause after one more call was refused: a try that failed doubles the distance, up to an hour. Pure. */
export function nextPause(
  current: ModelPause | undefined,
  { now, probeMs }: Readonly<{ now: number; probeMs: number }>,
): ModelPause {
  const met = { type: 'model_pause', reason: 'model_spend_limit', failed_at: now } as const;
  if (!current) return { ...met, since: now, until: now + probeMs, wait_ms: probeMs };
  // Workers beside each other meet the same limit; only a call after the pause's end says something new.
  if (current.until > now) return { ...current, failed_at: now };
  const wait_ms = Math.min(current.wait_ms * 2, Math.max(probeMs, longestWaitMs));
  return { ...met, since: current.since, until: now + wait_ms, wait_ms };
}

/** The name of an API key in the table: a part of its hash, from which nobody gets the key. */
export function modelKeyId(apiKey: string): string {
  return sha256(apiKey).slice(0, 16);
}

/**
 * The pause of one key. All throw TransientError when the table cannot be reached.
 * Contract: one job at a time gets the place to try; a call that began before the last refusal lifts nothing.
 */
export type ModelPauses = Readonly<{
  read: () => Promise<ModelPause | undefined>;
  /** A call was refused. `probeMs` is the first distance of tries. */
  refused: (probeMs: number) => Promise<void>;
  /** Takes the place to try, for `ms`. False when another job has it, or the pause has changed. */
  claimProbe: (pause: ModelPause, taker: Readonly<{ job: string; ms: number }>) => Promise<boolean>;
  /** Gives it back when the job could not be started. */
  releaseProbe: (job: string) => Promise<void>;
  /** A call that began at that time was answered. True for the one that ended the pause. */
  answered: (began: number) => Promise<boolean>;
}>;

type Deps = Readonly<{ table: Table; now: () => number; keyId: string }>;

/** Binds the pause of a key to a table and a clock. */
export function createModelPauses(deps: Deps): ModelPauses {
  const { table, now, keyId } = deps;
  const key = keys.modelPause(keyId);
  return {
    read: () => readPause(deps),
    async refused(probeMs) {
      const current = await readPause(deps);
      const next = nextPause(current, { now: now(), probeMs });
      const item = { ...key, ...next, ...ttlAt(next.until + keptMs) };
      const when = current ? unchanged(current) : ({ attribute: 'pk', is: 'absent' } as const);
      // Whoever was quicker has just written the same.
      await holds(table.transact([{ type: 'put', item, when: [when] }]));
    },
    claimProbe: (pause, { job, ms }) =>
      holds(
        table.transact([
          {
            type: 'update',
            key,
            set: { probe_job: job, probe_until: now() + ms },
            when: [
              unchanged(pause),
              { attribute: 'until', is: '<=', value: now() },
              {
                any: [
                  { attribute: 'probe_job', is: 'absent' },
                  { attribute: 'probe_job', is: '=', value: job },
                  { attribute: 'probe_until', is: '<=', value: now() },
                ],
              },
            ],
          },
        ]),
      ),
    async releaseProbe(job) {
      await holds(
        table.transact([
          {
            type: 'update',
            key,
            remove: ['probe_job', 'probe_until'],
            when: [{ attribute: 'probe_job', is: '=', value: job }],
          },
        ]),
      );
    },
    async answered(began) {
      const pause = await readPause(deps);
      if (!pause || pause.failed_at >= began) return false;
      return holds(table.transact([{ type: 'delete', key, when: [unchanged(pause)] }]));
    },
  };
}

async function readPause({ table, keyId }: Deps): Promise<ModelPause | undefined> {
  const item = await table.get(keys.modelPause(keyId));
  return item === undefined ? undefined : ModelPause.parse(item);
}

function unchanged(pause: ModelPause) {
  return { attribute: 'failed_at', is: '=', value: pause.failed_at } as const;
}

/** Whether the write's conditions held. */
async function holds(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
