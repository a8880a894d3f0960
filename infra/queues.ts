import { graves as gravesLimits, queues as limits, type QueueName } from './limits.ts';
import { arn } from './stage.ts';

/** What nobody could handle. It has no handler: an alarm calls people. */
export const graves = new sst.aws.Queue('Graves', {
  transform: { queue: encrypted(gravesLimits.retentionSeconds) },
});

/** What the two queues below could not deliver; its handler makes an end of it that people see. */
export const dead = queue('DeadLetters', 'dead', graves);
export const ingest = queue('IngestQueue', 'ingest', dead);
export const jobs = queue('JobsQueue', 'jobs', dead);

overTlsOnly('Graves', graves, [
  {
    // The rule for stopped tasks puts there what it could not hand to its function.
    effect: 'Allow',
    principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
    actions: ['sqs:SendMessage'],
    resources: [graves.arn],
    conditions: [{ test: 'ArnLike', variable: 'aws:SourceArn', values: [arn('events', 'rule/*')] }],
  },
]);
overTlsOnly('Dead', dead);
overTlsOnly('Ingest', ingest);
overTlsOnly('Jobs', jobs);

function queue(name: string, key: QueueName, deadLetters: sst.aws.Queue): sst.aws.Queue {
  const { visibilitySeconds, receives, retentionSeconds } = limits[key];
  return new sst.aws.Queue(name, {
    visibilityTimeout: `${visibilitySeconds} seconds`,
    dlq: { queue: deadLetters.arn, retry: receives },
    transform: { queue: encrypted(retentionSeconds) },
  });
}

function encrypted(retentionSeconds: number) {
  return (args: aws.sqs.QueueArgs): undefined => {
    args.sqsManagedSseEnabled = true;
    args.messageRetentionSeconds = retentionSeconds;
  };
}

type PolicyStatement = aws.types.input.iam.GetPolicyDocumentStatementArgs;

function overTlsOnly(
  name: string,
  { arn, url }: sst.aws.Queue,
  more: readonly PolicyStatement[] = [],
): void {
  const refuse: PolicyStatement = {
    effect: 'Deny',
    principals: [{ type: '*', identifiers: ['*'] }],
    actions: ['sqs:*'],
    resources: [arn],
    conditions: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
  };
  new aws.sqs.QueuePolicy(`${name}Tls`, {
    queueUrl: url,
    policy: aws.iam.getPolicyDocumentOutput({ statements: [refuse, ...more] }).json,
  });
}
