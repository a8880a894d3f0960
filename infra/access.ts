import type { FunctionName } from './limits.ts';
import { type ParameterName, parametersOf } from './parameters.ts';
import type { IndexName } from './table-shape.ts';

/*
 * Who may do what: every statement of every role, written out. `T` is a name (an ARN) that may not be known yet;
 * tests put plain text in its place.
 */

/** One statement that allows something. Conditions as IAM names them. */
export type Statement<T> = Readonly<{
  actions: readonly string[];
  resources: readonly T[];
  conditions?: readonly Readonly<{ test: string; variable: string; values: readonly T[] }>[];
}>;

/** The ARNs that statements name. */
export type Arns<T> = Readonly<{
  table: T;
  indexes: readonly T[];
  /** One of them. */
  index: (name: IndexName) => T;
  bucket: T;
  /** All objects of the bucket. */
  objects: T;
  /** Those of one kind: the first part of their names. */
  objectsOf: (kind: string) => T;
  ingest: T;
  jobs: T;
  dead: T;
  graves: T;
  cluster: T;
  /** Every revision of the worker's task definition. */
  taskDefinition: T;
  /** Every task of the cluster. */
  tasks: T;
  /** Every container instance of the cluster. */
  instances: T;
  workerRole: T;
  executionRole: T;
  parameter: (name: ParameterName) => T;
  text: (value: string) => T;
}>;

const readTable = ['dynamodb:GetItem', 'dynamodb:Query'];
/** What a transaction may consist of: IAM asks for each kind of its actions. */
const writeTable = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
];

/** ListBucket makes S3 tell a missing object from one that may not be read. */
const readObjects = ['s3:GetObject', 's3:ListBucket'];

/** The statements of each function besides its logs, which every one has. */
export function functionAccess<T>(arns: Arns<T>): Readonly<Record<FunctionName, Statement<T>[]>> {
  const own = (name: FunctionName): Statement<T>[] =>
    parametersOf[name].length === 0
      ? []
      : [
          {
            actions: ['ssm:GetParameters'],
            resources: parametersOf[name].map((parameter) => arns.parameter(parameter)),
          },
        ];
  const notify = send(arns.ingest, arns.jobs);
  return {
    receive: [...own('receive'), send(arns.ingest)],
    ingest: [
      ...own('ingest'),
      take(arns.ingest),
      table(arns),
      objects(arns),
      notify,
      ...runTask(arns),
    ],
    dispatch: [...own('dispatch'), take(arns.jobs), table(arns), notify, ...runTask(arns)],
    bury: [...own('bury'), take(arns.dead), table(arns), objects(arns), notify],
    sweep: [...own('sweep'), table(arns), objects(arns), notify, ...watchTasks(arns)],
    settle: [table(arns), notify, ...watchTasks(arns), send(arns.graves)],
    broker: [...own('broker'), table(arns)],
    web: [
      ...own('web'),
      table(arns),
      objects(arns),
      notify,
      { actions: ['sqs:GetQueueAttributes'], resources: [arns.ingest, arns.jobs] },
    ],
  };
}

/**
 * The partitions that a worker reads and writes, by how their keys begin (core/store/table-schema.ts). Requests and
 * grants, by which the broker decides, are not among those that it writes; sessions, machine tokens, commands and audit
 * records are in none.
 */
const workerPartitions = {
  read: ['REQ#*', 'GRANT#*', 'WORK#*', 'JOURNAL#*', 'PACING#*', 'MODEL#*'],
  write: ['WORK#*', 'JOURNAL#*', 'COMMANDS#*', 'SLOT#*', 'BUDGET#*', 'PACING#*', 'MODEL#*'],
  delete: ['MODEL#*'],
  indexes: { by_pull_request: ['pull#*'], by_thread: ['thread#*'] },
} as const;

/** What a worker stores; prompts, contexts and settings are not among it. */
const workerObjects = ['patch', 'thread', 'journal', 'snapshot'];

/**
 * The statements of the worker's task, whose commands may come near its credentials: nothing of GitHub or SSM, and of
 * the table what it has to work on. A role is the same for all tasks: which job an item is of cannot be told here.
 */
export function workerAccess<T>(arns: Arns<T>, broker: T): Statement<T>[] {
  const { read, write, indexes } = workerPartitions;
  const leading = (values: readonly string[]) => [
    {
      test: 'ForAllValues:StringLike',
      variable: 'dynamodb:LeadingKeys',
      values: values.map((value) => arns.text(value)),
    },
  ];
  return [
    { actions: readTable, resources: [arns.table], conditions: leading(read) },
    {
      actions: ['dynamodb:Query'],
      resources: [arns.index('by_pull_request')],
      conditions: leading(indexes.by_pull_request),
    },
    {
      actions: ['dynamodb:Query'],
      resources: [arns.index('by_thread')],
      conditions: leading(indexes.by_thread),
    },
    // One list for all kinds of a transaction's actions: AWS does not say whether each is judged by its own key.
    {
      actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
      resources: [arns.table],
      conditions: leading(write),
    },
    {
      actions: ['dynamodb:DeleteItem'],
      resources: [arns.table],
      conditions: leading(workerPartitions.delete),
    },
    { actions: readObjects, resources: [arns.bucket, arns.objects] },
    { actions: ['s3:PutObject'], resources: workerObjects.map((kind) => arns.objectsOf(kind)) },
    // Not to the ingest queue: what stands there counts as a webhook whose signature was looked at.
    send(arns.jobs),
    { actions: ['lambda:InvokeFunctionUrl'], resources: [broker] },
    {
      actions: ['lambda:InvokeFunction'],
      resources: [broker],
      conditions: [
        { test: 'Bool', variable: 'lambda:InvokedViaFunctionUrl', values: [arns.text('true')] },
      ],
    },
  ];
}

/** What starts the worker's container: pulls its image, hands it the policy and writes its log. */
export function executionAccess<T>(
  arns: Pick<Arns<T>, 'parameter'>,
  { repository, everything, logs }: Readonly<{ repository: T; everything: T; logs: T }>,
): Statement<T>[] {
  return [
    // AWS: "GetAuthorizationToken does not support resource-level permissions" (ECR, service authorization reference).
    { actions: ['ecr:GetAuthorizationToken'], resources: [everything] },
    {
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:GetDownloadUrlForLayer',
        'ecr:BatchGetImage',
      ],
      resources: [repository],
    },
    { actions: ['ssm:GetParameters'], resources: [arns.parameter('CODY_POLICY')] },
    logAccess(logs),
  ];
}

/** Writing to one log group; `logs` names its streams. */
export function logAccess<T>(logs: T): Statement<T> {
  return { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs] };
}

function table<T>(arns: Arns<T>): Statement<T> {
  return { actions: [...readTable, ...writeTable], resources: [arns.table, ...arns.indexes] };
}

function objects<T>(arns: Arns<T>): Statement<T> {
  return {
    actions: [...readObjects, 's3:PutObject'],
    resources: [arns.bucket, arns.objects],
  };
}

function send<T>(...queues: readonly T[]): Statement<T> {
  return { actions: ['sqs:SendMessage'], resources: queues };
}

/** What an event source needs (AWS Lambda Developer Guide, "execution role permissions" for SQS), and hiding. */
function take<T>(queue: T): Statement<T> {
  return {
    actions: [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
    ],
    resources: [queue],
  };
}

function runTask<T>(arns: Arns<T>): Statement<T>[] {
  const here = { test: 'ArnEquals', variable: 'ecs:cluster', values: [arns.cluster] };
  const tasks = [arns.text('ecs-tasks.amazonaws.com')];
  return [
    { actions: ['ecs:RunTask'], resources: [arns.taskDefinition], conditions: [here] },
    {
      actions: ['iam:PassRole'],
      resources: [arns.workerRole, arns.executionRole],
      conditions: [{ test: 'StringEquals', variable: 'iam:PassedToService', values: tasks }],
    },
  ];
}

function watchTasks<T>(arns: Arns<T>): Statement<T>[] {
  const here = [{ test: 'ArnEquals', variable: 'ecs:cluster', values: [arns.cluster] }];
  return [
    {
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
      resources: [arns.tasks],
      conditions: here,
    },
    // Listing is granted on container instances, of which Fargate has none: the condition is what counts.
    { actions: ['ecs:ListTasks'], resources: [arns.instances], conditions: here },
  ];
}
