import {
  ConflictException,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { type AwsTarget, requestLimits } from './aws.ts';
import { sha256 } from './ids.ts';
import { StoppedTask } from './stopped-task.ts';
import type { TaskSize } from './task-size.ts';

/** The attempt that needs a worker, and the key that its worker shows to the broker. */
export type LaunchSpec = Readonly<{
  jobId: string;
  attempt: number;
  attemptKey: string;
  /** When it is not the task definition's. */
  size?: TaskSize;
  /** Its host was taken away before: it gets one that stays. */
  steady?: boolean;
}>;

/** A task that runs, or is about to, and the attempt that it was started for. Times are Unix ms. */
export type RunningTask = Readonly<{
  taskArn: string;
  jobId: string;
  attempt: number;
  attemptKey: string | undefined;
  createdAt: number;
}>;

/** A task as ECS knows it. `stopped` is missing once ECS has forgotten it, an hour after its end. */
export type TaskState =
  Readonly<{ status: 'running' }> | Readonly<{ status: 'gone'; stopped?: StoppedTask }>;

/** No worker was started. `busy` may work later; `failed` needs an operator. */
export type LaunchRefusal = Readonly<{ type: 'busy' | 'failed'; reason: string }>;

export type LaunchResult = Readonly<{ type: 'started'; taskArn: string }> | LaunchRefusal;

/**
 * Makes sure that there is a worker for an attempt.
 *
 * Contract: asking twice for the same attempt with the same key starts one worker. Refusals come back as results; only a lost
 * connection throws.
 */
export type Launcher = TaskWatch &
  Readonly<{ ensure: (spec: LaunchSpec) => Promise<LaunchResult> }>;

/** Looking at tasks, and ending them. */
export type TaskWatch = Readonly<{
  stop: (taskArn: string, reason: string) => Promise<void>;
  state: (taskArn: string) => Promise<TaskState>;
  /** Tasks of the task definition's family that were started for attempts, 1,000 at the most. */
  running: () => Promise<readonly RunningTask[]>;
}>;

type Place = Readonly<{ aws: AwsTarget; cluster: string; taskDefinition: string }>;

type Options = Place &
  Readonly<{
    container: string;
    network?: Readonly<{
      subnets: readonly string[];
      securityGroups: readonly string[];
      /** On spare capacity, which is cheaper and may be taken away with two minutes' notice. */
      spot?: boolean;
    }>;
  }>;

/**
 * Workers as ECS tasks. RunTask may answer 200 with `failures` and no task, and repeats of a client token with other
 * parameters with ConflictException (Amazon ECS API reference, RunTask and "Ensuring idempotency").
 */
export function createLauncher(options: Options): Launcher {
  const client = ecsClient(options.aws);
  return { ensure: (spec) => runTask(client, options, spec), ...watchTasks(client, options) };
}

/** The part that starts nothing, for whoever is not allowed to. */
export function createTaskWatch(options: Place): TaskWatch {
  return watchTasks(ecsClient(options.aws), options);
}

function ecsClient(aws: AwsTarget): ECSClient {
  return new ECSClient({
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: aws.credentials,
    requestHandler: requestLimits(10_000),
  });
}

function watchTasks(client: ECSClient, options: Place): TaskWatch {
  return {
    async stop(taskArn, reason) {
      await client.send(
        new StopTaskCommand({
          cluster: options.cluster,
          task: taskArn,
          reason: reason.slice(0, 255),
        }),
      );
    },
    async state(taskArn) {
      const answer = await client.send(
        new DescribeTasksCommand({ cluster: options.cluster, tasks: [taskArn] }),
      );
      const task = answer.tasks?.[0];
      if (!task) return { status: 'gone' };
      if (task.lastStatus !== 'STOPPED') return { status: 'running' };
      return { status: 'gone', stopped: StoppedTask.parse(task) };
    },
    running: () => runningTasks(client, options),
  };
}

/** ListTasks gives 100 at once, and DescribeTasks takes as many. */
const pages = 10;

async function runningTasks(
  client: ECSClient,
  { cluster, taskDefinition }: Place,
): Promise<readonly RunningTask[]> {
  const found: RunningTask[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const listed = await client.send(
      new ListTasksCommand({ cluster, family: familyOf(taskDefinition), nextToken }),
    );
    const tasks = listed.taskArns ?? [];
    if (tasks.length > 0) {
      const described = await client.send(new DescribeTasksCommand({ cluster, tasks }));
      found.push(...(described.tasks ?? []).flatMap(attemptOf));
    }
    nextToken = listed.nextToken;
    if (nextToken === undefined) break;
  }
  return found;
}

/** `…task-definition/<family>:<revision>`, or the family alone. */
function familyOf(taskDefinition: string): string {
  const last = taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1);
  return last.split(':')[0] ?? last;
}

function attemptOf({ taskArn, createdAt, lastStatus, overrides }: Task): readonly RunningTask[] {
  const named = new Map(
    (overrides?.containerOverrides ?? []).flatMap(({ environment = [] }) =>
      environment.map(({ name, value }) => [name, value] as const),
    ),
  );
  const jobId = named.get('CODY_JOB_ID');
  if (taskArn === undefined || jobId === undefined || lastStatus === 'STOPPED') return [];
  return [
    {
      taskArn,
      jobId,
      attempt: Number(named.get('CODY_ATTEMPT') ?? 0),
      attemptKey: named.get('CODY_ATTEMPT_KEY'),
      createdAt: createdAt?.getTime() ?? 0,
    },
  ];
}

async function runTask(
  client: ECSClient,
  options: Options,
  spec: LaunchSpec,
): Promise<LaunchResult> {
  try {
    const answer = await client.send(new RunTaskCommand(runTaskInput(options, spec)));
    const task = answer.tasks?.[0]?.taskArn;
    if (task) return { type: 'started', taskArn: task };
    return refusedLaunch(answer.failures?.[0]?.reason ?? 'ECS gave no reason');
  } catch (error) {
    if (error instanceof ConflictException) {
      const [taskArn] = error.resourceIds ?? [];
      if (taskArn) return { type: 'started', taskArn };
    }
    if (error instanceof Error && '$fault' in error) {
      // Trouble inside of ECS passes; what it says is wrong with the request does not.
      const trouble = error.$fault === 'server' || error.name === 'ThrottlingException';
      const type = trouble ? 'busy' : refusedLaunch(error.message).type;
      return { type, reason: error.name };
    }
    throw error;
  }
}

function runTaskInput(options: Options, spec: LaunchSpec) {
  return {
    cluster: options.cluster,
    taskDefinition: options.taskDefinition,
    count: 1,
    // An attempt that found no capacity is started again with another key: that is another task.
    clientToken: sha256(`${spec.jobId}#${spec.attempt}#${spec.attemptKey}`).slice(0, 64),
    startedBy: `cody-${spec.jobId}-${spec.attempt}`.slice(0, 36),
    ...(options.network
      ? {
          ...hostOf(options.network, spec),
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: rotated(options.network.subnets, spec.attemptKey),
              securityGroups: [...options.network.securityGroups],
              assignPublicIp: 'ENABLED' as const,
            },
          },
        }
      : {}),
    overrides: {
      ...(spec.size ? { cpu: String(spec.size.cpu), memory: String(spec.size.memory_mib) } : {}),
      containerOverrides: [
        {
          name: options.container,
          environment: [
            { name: 'CODY_JOB_ID', value: spec.jobId },
            { name: 'CODY_ATTEMPT', value: String(spec.attempt) },
            { name: 'CODY_ATTEMPT_KEY', value: spec.attemptKey },
          ],
        },
      ],
    },
  };
}

/** A launch type and a capacity provider exclude each other (Amazon ECS API reference, RunTask). */
function hostOf(network: Readonly<{ spot?: boolean }>, { steady = false }: LaunchSpec) {
  return network.spot && !steady
    ? { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] }
    : { launchType: 'FARGATE' as const };
}

/**
 * Another zone comes first for another start, so that one without room is not asked twice in a row. It depends on the
 * key alone, because a repeated client token has to come with the same parameters.
 */
function rotated(subnets: readonly string[], attemptKey: string): string[] {
  const first = Number.parseInt(sha256(attemptKey).slice(0, 8), 16) % Math.max(1, subnets.length);
  return [...subnets.slice(first), ...subnets.slice(0, first)];
}

/**
 * What a refusal of ECS means, by its text: `busy` for no room, a quota that running tasks use up, or too many calls.
 * Sources: "Amazon ECS API failure reasons", "Amazon ECS service event messages" (which has the quota with either
 * apostrophe) and "Handle Amazon ECS throttling issues". EC2, which ECS asks about the network, says "Request limit
 * exceeded" inside of an InvalidParameterException. A size "above your limit" never fits, and is `failed`.
 */
export function refusedLaunch(reason: string): LaunchRefusal {
  const passes =
    /^(Capacity is unavailable|RESOURCE:|AGENT)/.test(reason) ||
    /reached the limit on the number of (vCPUs|tasks) you can run concurrently/.test(reason) ||
    /Rate exceeded|Request limit exceeded|RequestLimitExceeded/.test(reason);
  return { type: passes ? 'busy' : 'failed', reason };
}
