import type { Queue } from '../core/queue.ts';

/** What `GET /healthz` answers. Depths count visible, delayed and in-flight messages. */
export type Health = Readonly<{
  status: 'ok' | 'degraded';
  version: string;
  engines: Readonly<Record<string, string>>;
  sandbox: Readonly<{ kind: string; shell: boolean; reason: string }> | undefined;
  queues: Readonly<Record<'ingest' | 'jobs', number | undefined>>;
}>;

type Deps = Readonly<{
  version: string;
  engines: Readonly<Record<string, string>>;
  sandbox: Health['sandbox'];
  queues: Readonly<Record<'ingest' | 'jobs', Pick<Queue, 'depth'>>>;
}>;

/** Returns the health document; `degraded` when a queue does not answer. Never throws. */
export async function readHealth({ queues, ...facts }: Deps): Promise<Health> {
  const [ingest, jobs] = await Promise.all([depthOf(queues.ingest), depthOf(queues.jobs)]);
  const status = ingest === undefined || jobs === undefined ? 'degraded' : 'ok';
  return { status, ...facts, queues: { ingest, jobs } };
}

async function depthOf(queue: Pick<Queue, 'depth'>): Promise<number | undefined> {
  try {
    return await queue.depth();
  } catch {
    // That it does not answer is what the document says.
    return undefined;
  }
}
