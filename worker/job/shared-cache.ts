import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { sha256 } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import type { Request } from '../../core/request.ts';
import type { CacheKey, WarmCache } from '../../core/store/warm-cache.ts';
import type { AgentDeps } from '../agent/agent-deps.ts';
import { type FirstBlock, systemPrompt } from '../agent/prompt.ts';
import { pinnedTools } from './pinned-tools.ts';

type Deps = Readonly<{
  warmCache: WarmCache;
  /** How long a job waits for the one that fills the cache. */
  warmMs: number;
  log: Pick<Logger, 'warn'>;
}>;

type Run = Readonly<{
  job: Pick<Job, 'id' | 'request_id' | 'model' | 'effort'>;
  request: Pick<Request, 'job_ids'>;
  first: readonly FirstBlock[];
}>;

/** Lets the first job of a request fill the prompt cache for the others; undefined when there are no others. */
export function createSharedCache(deps: Deps, run: Run): AgentDeps['sharedCache'] {
  if (run.request.job_ids.length < 2) return undefined;
  const key = cacheKey(run);
  return {
    wait: (signal) => waitForWarm(deps, { key, job: run.job.id, signal }),
    ready: () => {
      // Told to nobody in the worst case: the others wait no longer than their time.
      deps.warmCache
        .warmed(key)
        .catch((err: unknown) => deps.log.warn({ err }, 'the warm cache could not be noted'));
    },
  };
}

/** Everything before the second breakpoint of the first call. The effort counts too: some models cache per effort. */
function cacheKey({ job, first }: Run): CacheKey {
  const end = first.findIndex((block) => block.breakpoint) + 1;
  const shared = first.slice(0, end).map(({ text, image }) => (image ? [text, image] : text));
  const beginning = [job.effort, systemPrompt, pinnedTools, ...shared];
  return {
    request_id: job.request_id,
    model: job.model,
    prefix_sha256: sha256(JSON.stringify(beginning)),
  };
}

type Wait = Readonly<{ key: CacheKey; job: string; signal: AbortSignal }>;

/** Bounded as a whole, so that a table which does not answer delays no job for longer either. */
async function waitForWarm(deps: Deps, wait: Wait): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([wait.signal, over.signal]);
  const bound = sleep(deps.warmMs, undefined, { signal }).catch(() => undefined);
  await Promise.race([poll(deps, { ...wait, signal }), bound]);
  over.abort();
}

async function poll({ warmCache, warmMs, log }: Deps, { key, job, signal }: Wait): Promise<void> {
  const pollMs = Math.ceil(warmMs / 30);
  try {
    while ((await warmCache.enter(key, { job, ms: warmMs })) === 'wait') {
      await sleep(pollMs, undefined, { signal });
    }
  } catch (err) {
    // A cache that is filled twice costs a little; a job that ends for it costs everything.
    if (!signal.aborted) log.warn({ err }, 'the job does not wait for the warm cache');
  }
}
