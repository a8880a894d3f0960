import type { Queue } from '../core/queue.ts';
import type { MalformedMessages } from '../core/store/malformed.ts';

/** What `GET /healthz` answers. Depths count visible, delayed and in-flight messages. */
export type Health = Readonly<{
  status: 'ok' | 'degraded';
  version: string;
  engines: Readonly<Record<string, string>>;
  /** What confines tools: of this machine, or of the newest job where workers run elsewhere (without `setup`). */
  sandbox: Readonly<{ kind: string; shell: boolean; setup?: string; reason: string }> | undefined;
  queues: Readonly<Record<'ingest' | 'jobs', number | undefined>>;
  /** Messages of the last two weeks that nobody could read; undefined when the table does not answer. */
  malformed: number | undefined;
}>;

type Deps = Readonly<{
  version: string;
  engines: Readonly<Record<string, string>>;
  sandbox: () => Promise<Health['sandbox']>;
  queues: Readonly<Record<'ingest' | 'jobs', Pick<Queue, 'depth'>>>;
  malformed: Pick<MalformedMessages, 'count'>;
}>;

/** Returns the health document; `degraded` when a queue or the table does not answer. Never throws. */
export async function readHealth({ queues, malformed, ...facts }: Deps): Promise<Health> {
  const [ingest, jobs, unread, sandbox] = await Promise.all([
    answerOf(() => queues.ingest.depth()),
    answerOf(() => queues.jobs.depth()),
    answerOf(() => malformed.count()),
    answerOf(facts.sandbox),
  ]);
  const out = [ingest, jobs, unread].includes(undefined);
  return {
    status: out ? 'degraded' : 'ok',
    ...facts,
    sandbox,
    queues: { ingest, jobs },
    malformed: unread,
  };
}

async function answerOf<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    // That it does not answer is what the document says.
    return undefined;
  }
}
