import { dead, graves, ingest, jobs } from './queues.ts';
import { place, stage } from './stage.ts';

const namespace = stage.metrics;

/** One page for the whole product. */
new aws.cloudwatch.Dashboard('Dashboard', {
  dashboardName: `${$app.name}-${stage.name}`,
  dashboardBody: $jsonStringify({
    widgets: [
      own('Commands and workers', [
        'CommandsHandled',
        'RequestsAccepted',
        'RequestsRefused',
        'WorkersStarted',
        'NoCapacity',
        'LaunchesFailed',
      ]),
      search('Webhooks by answer', { by: 'status', name: 'Webhooks' }),
      own('Time until a webhook is acked (p95)', ['AckTime'], 'p95'),
      search('Time of each stage (p50)', { by: 'stage', name: 'StageTime', stat: 'p50' }),
      search('Time of each stage (p95)', { by: 'stage', name: 'StageTime', stat: 'p95' }),
      search('Since the command, by stage (p50)', {
        by: 'stage',
        name: 'TimeSinceCommand',
        stat: 'p50',
      }),
      search('Jobs by their end', { by: 'state', name: 'JobsEnded' }),
      search('Jobs by cause', { by: 'cause', name: 'JobsEnded' }),
      own('Cost in USD', ['CostUsd']),
      own('Tokens', ['TokensIn', 'TokensOut']),
      own('Time of jobs, waiting and all (p50)', ['WaitTime', 'JobTime'], 'p50'),
      own('Sweep', ['Sweeps', 'SweepRepairs', 'DeadLettersTaken', 'CommandsLost']),
      search('Recovered jobs', { by: 'action', name: 'JobsRecovered' }),
      own('Oldest job that waits', ['OldestWaitingJob'], 'Maximum'),
      queues('Age of the oldest message', 'ApproximateAgeOfOldestMessage'),
      queues('Messages that wait', 'ApproximateNumberOfMessagesVisible'),
    ].map((properties, index) => ({
      type: 'metric',
      width: 8,
      height: 6,
      x: (index % 3) * 8,
      y: Math.floor(index / 3) * 6,
      properties: { region: place.region, period: 300, view: 'timeSeries', ...properties },
    })),
  }),
});

function own(title: string, names: readonly string[], stat = 'Sum') {
  return { title, stat, metrics: names.map((name) => [namespace, name]) };
}

type Split = Readonly<{ by: string; name: string; stat?: string }>;

function search(title: string, { by, name, stat = 'Sum' }: Split) {
  const expression = `SEARCH('{${namespace},${by}} MetricName="${name}"', '${stat}', 300)`;
  return { title, metrics: [[{ expression }]] };
}

function queues(title: string, metric: string) {
  return {
    title,
    stat: 'Maximum',
    metrics: [ingest, jobs, dead, graves].map((queue) => [
      'AWS/SQS',
      metric,
      'QueueName',
      queue.nodes.queue.name,
    ]),
  };
}
