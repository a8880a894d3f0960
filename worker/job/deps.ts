import type { Logger } from 'pino';
import type { Bucket } from '../../core/bucket.ts';
import type { Job } from '../../core/job.ts';
import type { Outbox } from '../../core/queue.ts';
import type { Redactor } from '../../core/redact.ts';
import type { CommandLog } from '../../core/store/command-log.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { JournalStore } from '../../core/store/journal-store.ts';
import type { ModelPauses } from '../../core/store/model-pause.ts';
import type { PacingStore } from '../../core/store/pacing.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import type { WarmCache } from '../../core/store/warm-cache.ts';
import type { BrokerClient } from '../broker-client.ts';
import type { WorkerConfig } from '../config.ts';
import type { Publisher } from '../publisher/start-publisher.ts';

/** What a job's run stands on. Times are Unix ms. */
export type WorkerDeps = Readonly<{
  config: WorkerConfig;
  jobs: JobStore;
  requests: RequestStore;
  journalOf: (job: Job) => JournalStore;
  commandLogOf: (job: Job) => CommandLog;
  warmCache: WarmCache;
  pausesOf: (apiKey: string) => ModelPauses;
  /** What the installation may write to GitHub, shared with all processes. */
  pacing: PacingStore;
  bucket: Bucket;
  broker: BrokerClient;
  /** The jobs queue: reports and wakes go there. The ingest queue is for webhooks and takes nothing from workers. */
  outbox: Outbox;
  redactor: Redactor;
  /** What the redactor was told of so far. */
  secrets: () => Iterable<string>;
  publisher: Publisher;
  now: () => number;
  /** From 0 to below 1; spreads what waits. */
  random: () => number;
  log: Logger;
}>;
