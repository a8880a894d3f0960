import type { Queue } from '../core/queue.ts';
import type { MalformedMessages } from '../core/store/malformed.ts';

/** What `GET /healthz` answers. Depths count visible, delayed and in-flight messages. */
export type Health = Readonly<{
  status: 'ok' | 'degraded';
  version: string;
  engines: Readonly<Record<string, string>>;
  sandbox: Readonly<{ kind: string; shell: boolean; setup: string; reason: string }> | undefined;
  queues: Readonly<Record<'ingest' | 'jobs', number | undefined>>;
  /** Messages of the last two weeks that nobody could read; undefined when the table does not answer. */
  malformed: number | undefined;
}>;

type Deps = Readonly<{
  version: string;
  engines: Readonly<Record<string, string>>;
  sandbox: Health['sandbox'];
  queues: Readonly<Record<'ingest' | 'jobs', Pick<Queue, 'depth'>>>;
  malformed: Pick<MalformedMessages, 'count'>;
}>;

/** Returns the health document; `degraded` when a queue or the table does not answer. Never throws. */
export async function readHealth({ queues, malformed, ...facts }: Deps): Promise<Health> {
  const [ingest, jobs, unread] = await Promise.all([
    numberOf(() => queues.ingest.depth()),
    numberOf(() => queues.jobs.depth()),
    numberOf(() => malformed.count()),
  ]);
  const out = [ingest, jobs, unread].includes(undefined);
  return {
    status: out ? 'degraded' : 'ok',
    ...facts,
    queues: { ingest, jobs },
    malformed: unread,
  };
}

async function numberOf(ask: () => Promise<number>): Promise<number | undefined> {
  try {
    return await ask();
  } catch {
    // That it does not answer is what the document says.
    return undefined;
  }
}
