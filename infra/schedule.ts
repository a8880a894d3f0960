import { bucket } from './bucket.ts';
import { taskVariables } from './cluster.ts';
import { createFunction } from './function.ts';
import { sweepEvery } from './limits.ts';
import { graves, ingest, jobs } from './queues.ts';
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
  // The next one comes in a minute; one that cannot even be started is seen by people.
  retries: 0,
  dlq: graves.arn,
});

new aws.lambda.FunctionEventInvokeConfig('SweepFailures', {
  functionName: sweep.name,
  maximumRetryAttempts: 0,
  destinationConfig: { onFailure: { destination: graves.arn } },
});
