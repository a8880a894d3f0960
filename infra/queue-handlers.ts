import { bucket } from './bucket.ts';
import { createFunction } from './function.ts';
import { queues as limits, type QueueName } from './limits.ts';
import { dead, ingest, jobs } from './queues.ts';
import { router } from './router.ts';
import { table } from './table.ts';
import { launchVariables } from './worker.ts';

const shared = {
  CODY_TABLE: table.name,
  CODY_BUCKET: bucket.name,
  CODY_QUEUE_INGEST: ingest.url,
  CODY_QUEUE_JOBS: jobs.url,
  CODY_PUBLIC_URL: router.url,
};

subscribe(
  'ingest',
  ingest,
  createFunction('ingest', { variables: { ...shared, ...launchVariables } }),
);
subscribe(
  'jobs',
  jobs,
  createFunction('dispatch', { variables: { ...shared, ...launchVariables } }),
);
subscribe('dead', dead, createFunction('bury', { variables: shared }));

/** Each message succeeds or fails by itself, and the event source bounds how many handlers run at once. */
function subscribe(name: QueueName, queue: sst.aws.Queue, handler: sst.aws.Function): void {
  const { batch, concurrency } = limits[name];
  queue.subscribe(handler.arn, {
    batch: { size: batch, partialResponses: true },
    transform: {
      eventSourceMapping: (args) => {
        args.scalingConfig = { maximumConcurrency: concurrency };
      },
    },
  });
}
