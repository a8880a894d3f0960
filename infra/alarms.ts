import { config } from './config.ts';
import { alarms as limits } from './limits.ts';
import { dead, graves, ingest, jobs } from './queues.ts';
import { stage } from './stage.ts';

const namespace = stage.metrics;

/**
 * Whom alarms go to: an address that confirmed it, and whatever else is subscribed by hand. It has no key of its own:
 * CloudWatch can not publish to a topic under the key that AWS manages, and an alarm's text is no secret.
 */
const topic = new aws.sns.Topic('Alarms');
if (config.alarmEmail !== undefined) {
  new aws.sns.TopicSubscription('AlarmsEmail', {
    topic: topic.arn,
    protocol: 'email',
    endpoint: config.alarmEmail,
  });
}

const minute = 60;
const day = 86_400;

/** docs/operate.md says for each of them what to do; test/infra compares the lists. */
queueAlarm('Graves', graves, {
  metric: 'ApproximateNumberOfMessagesVisible',
  above: 0,
  says: 'Something could not even be buried',
});
queueAlarm('DeadLetters', dead, {
  metric: 'ApproximateAgeOfOldestMessage',
  above: limits.deadLetterSeconds,
  says: 'Dead letters are not handled',
});
lineAlarm('DeadLettersTaken', {
  metric: 'DeadLettersTaken',
  says: 'Something could not be handled in the ordinary way',
});
queueAlarm('OldestCommand', ingest, {
  metric: 'ApproximateAgeOfOldestMessage',
  above: limits.oldestCommandSeconds,
  says: 'Commands wait for too long',
});
queueAlarm('OldestJob', jobs, {
  metric: 'ApproximateAgeOfOldestMessage',
  above: limits.oldestJobMessageSeconds,
  says: 'Jobs are not looked at',
});

alarm('OldestWaitingJob', 'A job waits for a worker for too long', {
  namespace,
  metricName: 'OldestWaitingJob',
  statistic: 'Maximum',
  period: 5 * minute,
  evaluationPeriods: 3,
  comparisonOperator: 'GreaterThanThreshold',
  threshold: limits.oldestWaitingSeconds * 1000,
  treatMissingData: 'notBreaching',
});
alarm('SweepNotRunning', 'The sweep does not run, and with it nothing is repaired', {
  namespace,
  metricName: 'Sweeps',
  statistic: 'Sum',
  period: minute,
  evaluationPeriods: limits.sweepMissingMinutes,
  comparisonOperator: 'LessThanThreshold',
  threshold: 1,
  treatMissingData: 'breaching',
});
lineAlarm('Unreadable', {
  metric: 'Unreadable',
  says: 'Something in the table cannot be read, so that nothing is done about it',
});
lineAlarm('LaunchesFail', {
  metric: 'LaunchesFailed',
  says: 'Workers cannot be started, for a reason that does not pass',
});
lineAlarm('SettingsRefused', {
  metric: 'SettingsRefused',
  says: 'A parameter was changed to something that cannot be used',
});
alarm('Spend', 'Jobs cost more in a day than was thought of', {
  namespace,
  metricName: 'CostUsd',
  statistic: 'Sum',
  period: day,
  evaluationPeriods: 1,
  comparisonOperator: 'GreaterThanThreshold',
  threshold: limits.spendUsdPerDay,
  treatMissingData: 'notBreaching',
});
alarm('FailureRate', 'Too many jobs fail', {
  metricQueries: [
    ended('failed', { state: 'failed' }),
    ...['pull_request', 'patch', 'answered', 'planned'].map((state) => ended(state, { state })),
    {
      id: 'share',
      label: 'Share of failed jobs',
      expression: failureShare(),
      returnData: true,
    },
  ],
  evaluationPeriods: 1,
  comparisonOperator: 'GreaterThanThreshold',
  threshold: limits.failureShare,
  treatMissingData: 'notBreaching',
});

/** 0 while too few jobs have ended to say anything. */
function failureShare(): string {
  const all = 'FILL(failed,0)+FILL(pull_request,0)+FILL(patch,0)+FILL(answered,0)+FILL(planned,0)';
  return `IF((${all})>=${limits.failureAtLeast}, FILL(failed,0)/(${all}), 0)`;
}

function ended(id: string, dimensions: Record<string, string>) {
  const metric = { namespace, metricName: 'JobsEnded', stat: 'Sum', period: 3600, dimensions };
  return { id, metric, returnData: false };
}

type QueueAlarm = Readonly<{ metric: string; above: number; says: string }>;

function queueAlarm(name: string, queue: sst.aws.Queue, { metric, above, says }: QueueAlarm): void {
  alarm(name, says, {
    namespace: 'AWS/SQS',
    metricName: metric,
    dimensions: { QueueName: queue.nodes.queue.name },
    statistic: 'Maximum',
    period: minute,
    evaluationPeriods: 3,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: above,
    treatMissingData: 'notBreaching',
  });
}

/** Goes off at the first line that counts. */
function lineAlarm(name: string, { metric, says }: Readonly<{ metric: string; says: string }>) {
  alarm(name, says, {
    namespace,
    metricName: metric,
    statistic: 'Sum',
    period: 5 * minute,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
  });
}

function alarm(
  name: string,
  says: string,
  args: Omit<aws.cloudwatch.MetricAlarmArgs, 'alarmActions' | 'okActions'>,
): void {
  new aws.cloudwatch.MetricAlarm(`${name}Alarm`, {
    name: `${$app.name}-${stage.name}-${name}`,
    alarmDescription: `${says}. See docs/operate.md.`,
    ...args,
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}
