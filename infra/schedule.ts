import { bucket } from './bucket.ts';
import { taskVariables } from './cluster.ts';
import { createFunction } from './function.ts';
import { sweepEvery } from './limits.ts';
import { ingest, jobs } from './queues.ts';
import { table } from './table.ts';

/** What guarantees that nothing is lost. */
export const sweep = createFunction('sweep', {
  variables: {
    CODY_TABLE: table.name,
    CODY_BUCKET: bucket.name,
    CODY_QUEUE_INGEST: ingest.url,
    CODY_QUEUE_JOBS: jobs.url,
    ...taskVariables,
  },
});

new sst.aws.CronV2('SweepTick', {
  schedule: sweepEvery,
  function: sweep.arn,
  retries: 0,
});

/**
 * A tick says nothing that the next one, a minute later, does not say as well: one that fails, as all do until the
 * parameters are stored, is kept nowhere, and one that waits for longer is dropped. An alarm tells when none works.
 */
new aws.lambda.FunctionEventInvokeConfig('SweepFailures', {
  functionName: sweep.name,
  maximumRetryAttempts: 0,
  maximumEventAgeInSeconds: 60,
});
