import { z } from 'zod';
import { type WireAnswer, jsonAnswer, textAnswer } from './answers.ts';
import { type Fault, type FaultCall, answering, changing } from './fault.ts';

const target = ({ request }: FaultCall) => String(request.headers['x-amz-target'] ?? '');
const operation = (call: FaultCall) => target(call).split('.').at(-1) ?? '';

type Members = Readonly<Record<string, unknown>>;

function awsJson(version: '1.0' | '1.1', prefix: string) {
  return (status: number, type: string, members: Members = {}) =>
    jsonAnswer(
      status,
      { __type: `${prefix}#${type}`, ...members },
      {
        'content-type': `application/x-amz-json-${version}`,
        'x-amzn-requestid': 'R3Q0ESTID00000000000000000000000000000000000000000AA',
      },
    );
}

const dynamo = awsJson('1.0', 'com.amazonaws.dynamodb.v20120810');
const coral = awsJson('1.0', 'com.amazon.coral.service');
const sqs = awsJson('1.0', 'com.amazonaws.sqs');
const ecs = awsJson('1.1', 'com.amazonaws.ecs');

const isDynamo = ({ service }: FaultCall) => service === 'dynamodb';
const isTransaction = (call: FaultCall) =>
  isDynamo(call) && operation(call) === 'TransactWriteItems';
const isIndexQuery = (call: FaultCall) =>
  isDynamo(call) &&
  operation(call) === 'Query' &&
  call.request.body.toString('utf8').includes('"IndexName"');

const Transaction = z.object({ TransactItems: z.array(z.unknown()) });

/** A cancelled transaction whose first action met the reason. */
function cancelled(call: FaultCall, reason: Readonly<{ Code: string; Message: string }>) {
  const { TransactItems } = Transaction.parse(JSON.parse(call.request.body.toString('utf8')));
  const reasons = TransactItems.map((_, index) => (index === 0 ? reason : { Code: 'None' }));
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return dynamo(400, 'TransactionCanceledException', {
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}

const tooFast =
  'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.';

/** What DynamoDB says when it is busy, and an index that answers as of before. */
export const dynamodbFaults: readonly Fault[] = [
  answering({ name: 'TransactionConflict', meets: isTransaction }, (call) =>
    cancelled(call, {
      Code: 'TransactionConflict',
      Message: 'Transaction is ongoing for the item',
    }),
  ),
  answering({ name: 'ThrottlingError in transaction', meets: isTransaction }, (call) =>
    cancelled(call, {
      Code: 'ThrottlingError',
      Message:
        'Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically scaling your index so please try again shortly.',
    }),
  ),
  answering(
    { name: 'ProvisionedThroughputExceeded in transaction', meets: isTransaction },
    (call) => cancelled(call, { Code: 'ProvisionedThroughputExceeded', Message: tooFast }),
  ),
  answering({ name: 'TransactionInProgress', meets: isTransaction }, () =>
    dynamo(400, 'TransactionInProgressException', {
      Message: 'The transaction with the given request token is already in progress.',
    }),
  ),
  answering({ name: 'ThrottlingException', meets: isDynamo }, () =>
    coral(400, 'ThrottlingException', { message: 'Rate exceeded' }),
  ),
  answering({ name: 'ProvisionedThroughputExceeded', meets: isDynamo }, () =>
    dynamo(400, 'ProvisionedThroughputExceededException', { message: tooFast }),
  ),
  answering({ name: 'RequestLimitExceeded', meets: isDynamo }, () =>
    dynamo(400, 'RequestLimitExceeded', {
      message: 'Throughput exceeds the current throughput limit for your account.',
    }),
  ),
  answering({ name: 'InternalServerError', meets: isDynamo }, () =>
    dynamo(500, 'InternalServerError', { message: 'Internal server error' }),
  ),
  laggingIndex(),
];

/**
 * An index that answers as of before: with what the same query gave last, else with nothing. Later ones than the first
 * see the same until the lag is over.
 */
function laggingIndex(): Fault {
  return {
    name: 'index lags',
    kind: 'passing',
    meets: isIndexQuery,
    lastsMs: 2_000,
    begin: () => {
      const last = new Map<string, WireAnswer>();
      return {
        strike: (call) => ({
          type: 'reply',
          answer: last.get(withoutTimes(call)) ?? emptyAnswer(),
        }),
        watch: (call) => ({
          type: 'change',
          answer: (upstream) => {
            last.set(withoutTimes(call), upstream);
            return upstream;
          },
        }),
      };
    },
  };
}

function emptyAnswer(): WireAnswer {
  return jsonAnswer(
    200,
    { Items: [], Count: 0, ScannedCount: 0 },
    { 'content-type': 'application/x-amz-json-1.0' },
  );
}

/** The time that is asked for differs from query to query. */
function withoutTimes({ request }: FaultCall): string {
  return request.body.toString('utf8').replaceAll(/"N":"\d+"/g, '"N":"0"');
}

const isS3 = ({ service }: FaultCall) => service === 's3';
const s3Get = (call: FaultCall) => isS3(call) && call.request.method === 'GET';

function s3Error(status: number, code: string, message: string): WireAnswer {
  return textAnswer(
    status,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId><HostId>chaos</HostId></Error>`,
    { 'content-type': 'application/xml', 'x-amz-request-id': '4442587FB7D0A2F9' },
  );
}

/** What S3 says when it is busy or refuses. Bodies that break off are among what every front can do. */
export const s3Faults: readonly Fault[] = [
  answering({ name: '503 SlowDown', meets: isS3 }, () =>
    s3Error(503, 'SlowDown', 'Please reduce your request rate.'),
  ),
  answering({ name: '500 InternalError', meets: isS3 }, () =>
    s3Error(500, 'InternalError', 'We encountered an internal error. Please try again.'),
  ),
  answering({ name: '400 RequestTimeout', meets: isS3 }, () =>
    s3Error(
      400,
      'RequestTimeout',
      'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
    ),
  ),
  changing({ name: 'one byte changed', kind: 'final', meets: s3Get }, (upstream) => {
    const body = Buffer.from(upstream.body);
    if (body.length > 0) body[0] = (body[0] ?? 0) ^ 1;
    return { ...upstream, body };
  }),
  answering({ name: '404 NoSuchKey', kind: 'final', meets: s3Get }, () =>
    s3Error(404, 'NoSuchKey', 'The specified key does not exist.'),
  ),
  answering({ name: '403 AccessDenied', kind: 'final', meets: isS3 }, () =>
    s3Error(403, 'AccessDenied', 'Access Denied'),
  ),
];

const isSqs = ({ service }: FaultCall) => service === 'sqs';

/** What SQS says when it is busy. What it does to messages stands in the family of messages. */
export const sqsFaults: readonly Fault[] = [
  answering({ name: '500 InternalFailure', meets: isSqs }, () =>
    sqs(500, 'InternalFailure', { message: 'We encountered an internal error. Please try again.' }),
  ),
  answering({ name: '503 ServiceUnavailable', meets: isSqs }, () =>
    sqs(503, 'ServiceUnavailable', { message: 'Service Unavailable' }),
  ),
  answering({ name: 'RequestThrottled', meets: isSqs }, () =>
    sqs(400, 'RequestThrottled', { message: 'The request was denied due to request throttling.' }),
  ),
  answering(
    {
      name: 'OverLimit',
      meets: (call) => isSqs(call) && operation(call) === 'ReceiveMessage',
    },
    () => sqs(400, 'OverLimit', { message: 'Too many messages in flight' }),
  ),
];

const isEcs = ({ service }: FaultCall) => service === 'ecs';
const runs = (call: FaultCall) => isEcs(call) && operation(call) === 'RunTask';
const describes = (call: FaultCall) => isEcs(call) && operation(call) === 'DescribeTasks';

function noTask(reason: string): WireAnswer {
  return jsonAnswer(
    200,
    { tasks: [], failures: [{ reason }] },
    { 'content-type': 'application/x-amz-json-1.1' },
  );
}

const TaskAnswer = z.object({ tasks: z.array(z.object({ taskArn: z.string() })) });

function conflict(upstream: WireAnswer): WireAnswer {
  const answer = TaskAnswer.safeParse(JSON.parse(upstream.body.toString('utf8')));
  return ecs(400, 'ConflictException', {
    message: 'The client token was used with other parameters.',
    resourceIds: answer.success ? answer.data.tasks.map(({ taskArn }) => taskArn) : [],
  });
}

/** What ECS says when it starts no task, does not say that it did, or no longer knows one. */
export const ecsFaults: readonly Fault[] = [
  ...[
    'RESOURCE:CPU',
    'RESOURCE:MEMORY',
    'RESOURCE:ENI',
    'AGENT',
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
  ].map((reason) =>
    answering({ name: `200 with failures ${reason.slice(0, 23)}`, meets: runs }, () =>
      noTask(reason),
    ),
  ),
  changing({ name: 'ConflictException with the task', meets: runs }, conflict),
  answering({ name: 'ThrottlingException', meets: isEcs }, () =>
    ecs(400, 'ThrottlingException', { message: 'Rate exceeded' }),
  ),
  answering({ name: 'vCPU limit', meets: runs }, () =>
    ecs(400, 'ThrottlingException', {
      message: "You've reached the limit on the number of vCPUs you can run concurrently",
    }),
  ),
  answering({ name: 'ServerException', meets: isEcs }, () =>
    ecs(500, 'ServerException', { message: 'Service Unavailable. Please try again later.' }),
  ),
  answering({ name: '200 with failures MISSING', meets: describes }, () =>
    jsonAnswer(
      200,
      { tasks: [], failures: [{ reason: 'MISSING' }] },
      { 'content-type': 'application/x-amz-json-1.1' },
    ),
  ),
  answering({ name: 'ClusterNotFoundException', kind: 'final', meets: isEcs }, () =>
    ecs(400, 'ClusterNotFoundException', { message: 'Cluster not found.' }),
  ),
  answering({ name: 'AccessDeniedException', kind: 'final', meets: isEcs }, () =>
    ecs(400, 'AccessDeniedException', {
      message: 'User is not authorized to perform: ecs:RunTask on resource: task-definition/cody',
    }),
  ),
  answering({ name: 'ClientException', kind: 'final', meets: runs }, () =>
    ecs(400, 'ClientException', { message: 'TaskDefinition is inactive' }),
  ),
];
