import { z } from 'zod';
import { functions, functionNames, queues, retention, worker } from '../../../infra/limits.ts';
import { parameterNames } from '../../../infra/parameters.ts';
import { indexes } from '../../../core/store/table-schema.ts';
import { alarmProblems, metricProblems } from './check-alarms.ts';
import { lostFailures, tickProblems } from './check-async.ts';
import { clusterProblems } from './check-cluster.ts';
import type { Plan, Resource } from './plan.ts';
import { roleStatements, statementsOf, wildcards } from './statements.ts';

/** What has to hold for a plan; each check returns one sentence per problem. */
export type PlanCheck = Readonly<{ name: string; problems: (plan: Plan) => readonly string[] }>;

export const planChecks: readonly PlanCheck[] = [
  { name: 'no statement leaves anything open', problems: openStatements },
  { name: 'tasks are touched in one cluster only', problems: clusterProblems },
  { name: 'every queue that is read has dead letters', problems: deadLetters },
  { name: 'queues are encrypted and reached over TLS only', problems: queueSafety },
  { name: 'messages succeed or fail one by one and stay hidden long enough', problems: sources },
  { name: 'functions run on arm64 and Node 24 with their limits', problems: functionLimits },
  { name: 'no secret stands in an environment', problems: secretsInEnvironment },
  { name: 'what is called without waiting has a place for its failures', problems: lostFailures },
  {
    name: 'ticks of the sweep are kept nowhere, and people hear when none works',
    problems: tickProblems,
  },
  { name: 'the table is as the code expects it, and can be restored', problems: tableProblems },
  {
    name: 'the bucket is private, encrypted, over TLS only, and forgets',
    problems: bucketProblems,
  },
  { name: 'logs end some day', problems: logProblems },
  { name: 'the worker can hand its job back and has an outer limit', problems: taskProblems },
  { name: 'nothing opens a connection to a worker, and no gateway is paid for', problems: network },
  { name: 'only webhooks and pages are open to everyone', problems: openAddresses },
  { name: 'alarms reach someone', problems: alarmProblems },
  { name: 'alarms and dashboard look at metrics that are written', problems: metricProblems },
  { name: 'production is protected and kept, everything else can be removed', problems: removal },
];

function openStatements(plan: Plan): readonly string[] {
  return roleStatements(plan).flatMap((statement) =>
    wildcards(statement).map((open) => `${statement.owner} may use ${open}`),
  );
}

function deadLetters(plan: Plan): readonly string[] {
  const redrive = z.object({ redrivePolicy: z.object({ maxReceiveCount: z.number().min(3) }) });
  return of(plan, 'aws:sqs/queue:Queue')
    .filter(({ name, inputs }) => name !== 'GravesQueue' && !redrive.safeParse(inputs).success)
    .map(({ name }) => `${name} has no dead letters`);
}

function queueSafety(plan: Plan): readonly string[] {
  const made = of(plan, 'aws:sqs/queue:Queue');
  const policies = of(plan, 'aws:sqs/queuePolicy:QueuePolicy');
  return made.flatMap(({ name, inputs }) => {
    const policy = policies.find(({ inputs: { queueUrl } }) =>
      String(queueUrl).endsWith(String(inputs['name'])),
    );
    return [
      ...(inputs['sqsManagedSseEnabled'] === true ? [] : [`${name} is not encrypted`]),
      ...(policy && refusesPlainHttp(policy) ? [] : [`${name} can be reached without TLS`]),
    ];
  });
}

function refusesPlainHttp({ name, inputs }: Resource): boolean {
  return statementsOf(name, inputs['policy']).some(
    ({ effect, actions }) => effect === 'Deny' && actions.some((action) => action.endsWith(':*')),
  );
}

const Source = z.object({
  functionResponseTypes: z.array(z.string()),
  scalingConfig: z.object({ maximumConcurrency: z.number().min(2) }),
  eventSourceArn: z.string(),
  functionName: z.string(),
  batchSize: z.number(),
});

function sources(plan: Plan): readonly string[] {
  const mappings = of(plan, 'aws:lambda/eventSourceMapping:EventSourceMapping');
  const problems = mappings.flatMap(({ name, inputs }) => {
    const source = Source.parse(inputs);
    const queue = named(plan, 'aws:sqs/queue:Queue', source.eventSourceArn);
    const handler = named(plan, 'aws:lambda/function:Function', source.functionName);
    const hidden = Number(queue?.inputs['visibilityTimeoutSeconds'] ?? 0);
    const takes = Number(handler?.inputs['timeout'] ?? Number.NaN);
    return [
      ...(source.functionResponseTypes.includes('ReportBatchItemFailures')
        ? []
        : [`${name} repeats whole batches`]),
      ...(hidden >= 6 * takes ? [] : [`${name} hides messages for less than six timeouts`]),
    ];
  });
  const expected = Object.keys(queues).length;
  return mappings.length === expected ? problems : [...problems, `${mappings.length} sources`];
}

function functionLimits(plan: Plan): readonly string[] {
  return functionNames.flatMap((name) => {
    const title = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
    const made = of(plan, 'aws:lambda/function:Function').find(
      (resource) => resource.name === `${title}Function`,
    );
    const expected = z.object({
      architectures: z.tuple([z.literal('arm64')]),
      runtime: z.literal('nodejs24.x'),
      timeout: z.literal(functions[name].timeoutSeconds),
      memorySize: z.literal(functions[name].memoryMb),
      loggingConfig: z.object({ logGroup: z.literal(`/cody-batch/${plan.stage}/${name}`) }),
      role: z.string().regex(new RegExp(`[/-]${title}Role$`)),
      reservedConcurrentExecutions: z.literal(-1).optional(),
    });
    const result = expected.safeParse(made?.inputs);
    return result.success ? [] : result.error.issues.map((one) => `${name}: ${one.path.join('.')}`);
  });
}

function secretsInEnvironment(plan: Plan): readonly string[] {
  const Functions = z.object({
    environment: z.object({ variables: z.record(z.string(), z.unknown()) }),
  });
  const inFunctions = of(plan, 'aws:lambda/function:Function').flatMap(({ name, inputs }) =>
    Object.entries(Functions.parse(inputs).environment.variables)
      .filter(([variable]) => parameterNames.some((one) => one === variable))
      .filter(([, value]) => !String(value).startsWith(`ssm:/cody-batch/${plan.stage}/`))
      .map(([variable]) => `${name} has ${variable}`),
  );
  const inTasks = containers(plan).flatMap(({ name, environment }) =>
    environment
      .filter((variable) => parameterNames.some((one) => one === variable.name))
      .map((variable) => `${name} has ${variable.name}`),
  );
  return [...inFunctions, ...inTasks];
}

function tableProblems(plan: Plan): readonly string[] {
  const [table, ...more] = of(plan, 'aws:dynamodb/table:Table');
  const expected = z.object({
    hashKey: z.literal('pk'),
    rangeKey: z.literal('sk'),
    billingMode: z.literal('PAY_PER_REQUEST'),
    pointInTimeRecovery: z.object({ enabled: z.literal(true) }),
    ttl: z.object({ attributeName: z.literal('ttl'), enabled: z.literal(true) }),
    deletionProtectionEnabled: z.literal(plan.stage === 'production'),
    attributes: z.array(z.object({ name: z.string(), type: z.string() })),
    globalSecondaryIndexes: z.array(
      z.object({
        name: z.string(),
        hashKey: z.string(),
        rangeKey: z.string(),
        projectionType: z.literal('ALL'),
      }),
    ),
  });
  const result = expected.safeParse(table?.inputs);
  if (!result.success) return result.error.issues.map((issue) => `table: ${issue.path.join('.')}`);
  const types = new Map(result.data.attributes.map(({ name, type }) => [name, type]));
  const planned = Object.fromEntries(
    result.data.globalSecondaryIndexes.map(({ name, hashKey, rangeKey }) => [
      name,
      { partition: hashKey, sort: rangeKey, sortType: types.get(rangeKey) },
    ]),
  );
  const same = JSON.stringify(sorted(planned)) === JSON.stringify(sorted(indexes));
  return [
    ...(same ? [] : ['The indexes are not those of core/store/table-schema.ts']),
    ...(more.length === 0 ? [] : ['There is more than one table']),
  ];
}

function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function bucketProblems(plan: Plan): readonly string[] {
  const expected: readonly (readonly [string, z.ZodType])[] = [
    [
      'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
      z.object({
        blockPublicAcls: z.literal(true),
        blockPublicPolicy: z.literal(true),
        ignorePublicAcls: z.literal(true),
        restrictPublicBuckets: z.literal(true),
      }),
    ],
    [
      'aws:s3/bucketVersioning:BucketVersioning',
      z.object({ versioningConfiguration: z.object({ status: z.literal('Enabled') }) }),
    ],
    [
      'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
      z.object({
        rules: z.tuple([
          z.object({
            status: z.literal('Enabled'),
            expiration: z.object({ days: z.literal(retention.objects) }),
            noncurrentVersionExpiration: z.object({ noncurrentDays: z.number() }),
          }),
        ]),
      }),
    ],
    [
      'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
      z.object({ rules: z.array(z.unknown()).min(1) }),
    ],
  ];
  const missing = expected.filter(
    ([type, schema]) => !of(plan, type).some(({ inputs }) => schema.safeParse(inputs).success),
  );
  const policy = of(plan, 'aws:s3/bucketPolicy:BucketPolicy').some(refusesPlainHttp);
  return [...missing.map(([type]) => type), ...(policy ? [] : ['The bucket takes plain HTTP'])];
}

function logProblems(plan: Plan): readonly string[] {
  const logs = of(plan, 'aws:cloudwatch/logGroup:LogGroup');
  const endless = logs.filter(({ inputs }) => !(Number(inputs['retentionInDays']) > 0));
  const expected = functionNames.length + 1;
  return [
    ...endless.map(({ name }) => `${name} is kept for ever`),
    ...(logs.length === expected ? [] : [`There are ${logs.length} logs instead of ${expected}`]),
  ];
}

const Container = z.object({
  name: z.string(),
  essential: z.boolean(),
  stopTimeout: z.number().optional(),
  command: z.array(z.string()).optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  privileged: z.boolean().optional(),
  mountPoints: z
    .array(z.object({ containerPath: z.string() }).transform(({ containerPath }) => containerPath))
    .optional(),
  environment: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]),
});

function containers(plan: Plan): readonly z.infer<typeof Container>[] {
  return of(plan, 'aws:ecs/taskDefinition:TaskDefinition').flatMap(({ inputs }) =>
    z.array(Container).parse(inputs['containerDefinitions']),
  );
}

function taskProblems(plan: Plan): readonly string[] {
  const [task, lifespan, ...more] = containers(plan);
  return [
    ...(task?.stopTimeout === worker.stopTimeoutSeconds ? [] : ['The worker is killed too early']),
    ...(lifespan?.essential === true &&
    lifespan.readonlyRootFilesystem === true &&
    lifespan.command?.[0] === String(worker.lifespanSeconds)
      ? []
      : ['Nothing ends a task that never ends']),
    ...(task?.readonlyRootFilesystem === true && task.mountPoints?.join() === '/tmp'
      ? []
      : ['The worker can write elsewhere than in /tmp']),
    ...(more.length === 0 ? [] : ['There are more containers than two']),
    ...(task?.privileged === undefined ? [] : ['The worker is privileged']),
  ];
}

function network(plan: Plan): readonly string[] {
  const Group = z.object({ ingress: z.array(z.unknown()).length(0) });
  const open = plan.resources.filter(
    ({ type, inputs }) => type.endsWith('SecurityGroup') && !Group.safeParse(inputs).success,
  );
  const paid = plan.resources.filter(({ type }) => /natGateway|:Eip$|ec2\/instance/.test(type));
  return [...open, ...paid].map(({ name }) => name);
}

function openAddresses(plan: Plan): readonly string[] {
  const addresses = of(plan, 'aws:lambda/functionUrl:FunctionUrl').map(
    ({ name, inputs }) => `${name} ${String(inputs['authorizationType'])}`,
  );
  const expected = ['BrokerUrl AWS_IAM', 'ReceiveUrl NONE', 'WebUrl NONE'];
  return addresses.join() === expected.join() ? [] : addresses;
}

function removal({ stage, app }: Plan): readonly string[] {
  const kept = app.protect && app.removal === 'retain';
  const removable = !app.protect && app.removal === 'remove';
  return (stage === 'production' ? kept : removable) ? [] : [`${stage}: ${app.removal}`];
}

function of(plan: Plan, type: string): readonly Resource[] {
  return plan.resources.filter((resource) => resource.type === type);
}

/** The resource whose physical name ends the ARN. */
function named(plan: Plan, type: string, arn: string): Resource | undefined {
  return of(plan, type).find(({ inputs }) => arn.endsWith(`:${String(inputs['name'])}`));
}
