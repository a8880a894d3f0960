import {
  ConflictException,
  DescribeTasksCommand,
  ECSClient,
  RunTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { type AwsTarget, requestLimits } from './aws.ts';
import { sha256 } from './ids.ts';

/** The attempt that needs a worker, and the key that its worker shows to the broker. */
export type LaunchSpec = Readonly<{ jobId: string; attempt: number; attemptKey: string }>;

/** What came of it. `busy` may work later; `failed` needs an operator. */
export type LaunchResult =
  | Readonly<{ type: 'started'; taskArn: string }>
  | Readonly<{ type: 'busy'; reason: string }>
  | Readonly<{ type: 'failed'; reason: string }>;

/**
 * Makes sure that there is a worker for an attempt.
 *
 * Contract: asking twice for the same attempt with the same key starts one worker. Refusals come back as results; only a lost
 * connection throws.
 */
export type Launcher = Readonly<{
  ensure: (spec: LaunchSpec) => Promise<LaunchResult>;
  stop: (taskArn: string, reason: string) => Promise<void>;
  /** 'gone' also when ECS no longer knows the task (it forgets stopped ones after an hour). */
  state: (taskArn: string) => Promise<'running' | 'gone'>;
}>;

type Options = Readonly<{
  aws: AwsTarget;
  cluster: string;
  taskDefinition: string;
  container: string;
  network?: Readonly<{ subnets: readonly string[]; securityGroups: readonly string[] }>;
}>;

/**
 * Workers as ECS tasks. RunTask may answer 200 with `failures` and no task, and repeats of a client token with other
 * parameters with ConflictException (Amazon ECS API reference, RunTask and "Ensuring idempotency").
 */
export function createLauncher(options: Options): Launcher {
  const client = new ECSClient({
    region: options.aws.region,
    endpoint: options.aws.endpoint,
    credentials: options.aws.credentials,
    requestHandler: requestLimits(10_000),
  });
  return {
    ensure: (spec) => runTask(client, options, spec),
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
      return task && task.lastStatus !== 'STOPPED' ? 'running' : 'gone';
    },
  };
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
    const reason = answer.failures?.[0]?.reason ?? 'ECS gave no reason';
    return { type: retryable(reason) ? 'busy' : 'failed', reason };
  } catch (error) {
    if (error instanceof ConflictException) {
      const [taskArn] = error.resourceIds ?? [];
      if (taskArn) return { type: 'started', taskArn };
    }
    if (error instanceof Error && '$fault' in error) {
      // Trouble inside of ECS passes; what it says is wrong with the request does not.
      const passes = error.$fault === 'server' || error.name === 'ThrottlingException';
      return { type: passes ? 'busy' : 'failed', reason: error.name };
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
          launchType: 'FARGATE' as const,
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [...options.network.subnets],
              securityGroups: [...options.network.securityGroups],
              assignPublicIp: 'ENABLED' as const,
            },
          },
        }
      : {}),
    overrides: {
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

function retryable(reason: string): boolean {
  return ['Capacity is unavailable', 'RESOURCE:', 'AGENT', 'LIMIT'].some((known) =>
    reason.startsWith(known),
  );
}
