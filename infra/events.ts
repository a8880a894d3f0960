import { cluster, taskVariables } from './cluster.ts';
import { createFunction } from './function.ts';
import { graves, ingest, jobs } from './queues.ts';
import { table } from './table.ts';

/** Looks after jobs whose task has ended without them. The sweep would find them too, later. */
const settle = createFunction('settle', {
  variables: {
    CODY_TABLE: table.name,
    CODY_QUEUE_INGEST: ingest.url,
    CODY_QUEUE_JOBS: jobs.url,
    ...taskVariables,
  },
});

const rule = new aws.cloudwatch.EventRule('TaskStopped', {
  description: 'Tasks of the worker that have ended',
  eventPattern: $jsonStringify({
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: { clusterArn: [cluster.nodes.cluster.arn], lastStatus: ['STOPPED'] },
  }),
});

new aws.cloudwatch.EventTarget('TaskStoppedTarget', {
  rule: rule.name,
  arn: settle.arn,
  retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 20 },
  deadLetterConfig: { arn: graves.arn },
});

new aws.lambda.Permission('TaskStoppedPermission', {
  action: 'lambda:InvokeFunction',
  function: settle.name,
  principal: 'events.amazonaws.com',
  sourceArn: rule.arn,
});

new aws.lambda.FunctionEventInvokeConfig('SettleFailures', {
  functionName: settle.name,
  maximumRetryAttempts: 2,
  destinationConfig: { onFailure: { destination: graves.arn } },
});
