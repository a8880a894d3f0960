import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ecs, type EcsOptions, startEcs } from '../../../local/engines/ecs.ts';
import type { TaskStoppedEvent } from '../../../local/engines/task-stopped-event.ts';
import { eventually, isRunning, startHost } from './host-process.ts';

const worker = new URL('./fixtures/worker.ts', import.meta.url).pathname;
const cluster = 'cody';

function clientOf(endpoint: string): ECSClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new ECSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

function run(
  environment: Record<string, string>,
  more: Partial<RunTaskCommandInput> = {},
): RunTaskCommand {
  const pairs = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return new RunTaskCommand({
    cluster,
    taskDefinition: 'worker',
    overrides: { containerOverrides: [{ name: 'worker', environment: pairs }] },
    ...more,
  });
}

describe('the local ECS endpoint', () => {
  let logsDir: string;
  let ecs: Ecs;
  let client: ECSClient;
  let events: TaskStoppedEvent[];

  async function start(more: Partial<EcsOptions> = {}): Promise<void> {
    ecs = await startEcs({
      cluster,
      logsDir,
      onTaskStopped: (event) => void events.push(event),
      closeTimeoutMs: 200,
      log: pino({ level: 'silent' }),
      taskDefinitions: {
        worker: ({ environment }) => ({
          command: process.execPath,
          args: [worker, JSON.stringify(environment)],
          env: {},
        }),
        missing: () => ({ command: '/nonexistent/program', args: [], env: {} }),
        broken: () => {
          throw new Error('no image');
        },
      },
      ...more,
    });
    client = clientOf(ecs.endpoint);
  }

  beforeEach(async () => {
    logsDir = await mkdtemp(join(tmpdir(), 'ecs-'));
    events = [];
    await start();
  });
  afterEach(async () => {
    await ecs.close();
    await rm(logsDir, { recursive: true, force: true });
  });

  const arnOf = async (command: RunTaskCommand) =>
    (await client.send(command)).tasks?.[0]?.taskArn ?? '';
  const describeOne = async (arn: string) =>
    (await client.send(new DescribeTasksCommand({ cluster, tasks: [arn] }))).tasks?.[0];
  const eventOf = (arn: string) =>
    eventually(async () => events.find(({ detail }) => detail.taskArn === arn)?.detail);
  const readyOf = (arn: string): Promise<{ pid: number; child?: number }> =>
    eventually(async () => {
      const text = await readFile(join(logsDir, `${arn.split('/').at(-1)}.log`), 'utf8').catch(
        () => '',
      );
      return text.includes('\n') ? JSON.parse(text) : undefined;
    });

  it('runs a task with its environment and tells how it ended', async () => {
    const { tasks, failures } = await client.send(run({ EXIT: '7' }, { startedBy: 'job-1' }));
    expect(failures).toEqual([]);
    expect(tasks?.[0]).toMatchObject({ lastStatus: 'PROVISIONING', startedBy: 'job-1' });
    const arn = tasks?.[0]?.taskArn ?? '';
    expect(await eventOf(arn)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      startedBy: 'job-1',
      containers: [{ exitCode: 7 }],
    });
    expect(events[0]).toMatchObject({
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      resources: [arn],
    });
    expect((await describeOne(arn))?.stoppedAt).toBeInstanceOf(Date);
    expect(await readyOf(arn)).toMatchObject({ ready: true });
  });

  it('starts one task for one client token', async () => {
    const first = await arnOf(run({}, { clientToken: 'a' }));
    expect(await arnOf(run({}, { clientToken: 'a' }))).toBe(first);
    await expect(client.send(run({ X: '1' }, { clientToken: 'a' }))).rejects.toMatchObject({
      name: 'ConflictException',
      resourceIds: [first],
    });
    const { taskArns } = await client.send(new ListTasksCommand({ cluster }));
    expect(taskArns).toEqual([first]);
  });

  it('refuses what ECS refuses', async () => {
    const refused = (command: RunTaskCommand) => expect(client.send(command)).rejects;
    await refused(run({}, { cluster: 'x' })).toMatchObject({ name: 'ClusterNotFoundException' });
    await refused(run({}, { taskDefinition: 'x' })).toMatchObject({ name: 'ClientException' });
    const invalid = { name: 'InvalidParameterException' };
    await refused(run({}, { count: 11 })).toMatchObject(invalid);
    await refused(run({}, { clientToken: 'x'.repeat(65) })).toMatchObject(invalid);
    await refused(run({ PROMPT: 'x'.repeat(8_192) })).toMatchObject(invalid);
    const stop = new StopTaskCommand({ cluster, task: 'x' });
    await expect(client.send(stop)).rejects.toMatchObject(invalid);
  });

  it('answers a lack of capacity with failures and no error', async () => {
    await ecs.close();
    await start({ capacity: 2 });
    const reason = 'Capacity is unavailable at this time';
    ecs.failNext(1);
    const unlucky = await client.send(run({}, { clientToken: 'a' }));
    expect(unlucky.tasks).toEqual([]);
    expect(unlucky.failures).toMatchObject([{ reason }]);
    const retried = await client.send(run({}, { clientToken: 'a' }));
    expect(retried.tasks).toHaveLength(1);
    const three = await client.send(run({}, { count: 3 }));
    expect(three.tasks).toHaveLength(1);
    expect(three.failures).toMatchObject([{ reason }, { reason }]);
  });

  it('stops a task with SIGTERM', async () => {
    const arn = await arnOf(run({ ON_TERM: 'exit' }));
    await readyOf(arn);
    const stop = new StopTaskCommand({ cluster, task: arn, reason: 'lease expired' });
    expect((await client.send(stop)).task?.desiredStatus).toBe('STOPPED');
    expect(await eventOf(arn)).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'lease expired',
      containers: [{ exitCode: 0 }],
    });
  });

  it('kills a task and its children when it ignores SIGTERM', async () => {
    await ecs.close();
    await start({ stopTimeoutMs: 100 });
    const arn = await arnOf(run({ ON_TERM: 'ignore', CHILD: 'yes' }));
    const { pid, child = 0 } = await readyOf(arn);
    expect(await isRunning(child)).toBe(true);
    await client.send(new StopTaskCommand({ cluster, task: arn }));
    expect(await eventOf(arn)).toMatchObject({ containers: [{ exitCode: 137 }] });
    await eventually(async () => ((await isRunning(pid)) ? undefined : true));
    await eventually(async () => ((await isRunning(child)) ? undefined : true));
  });

  it('ends what a finished task left behind', async () => {
    const arn = await arnOf(run({ CHILD: 'yes', EXIT: '0' }));
    expect(await eventOf(arn)).toMatchObject({ containers: [{ exitCode: 0 }] });
    const { child = 0 } = await readyOf(arn);
    await eventually(async () => ((await isRunning(child)) ? undefined : true));
  });

  it('tells when a task could not be started', async () => {
    for (const taskDefinition of ['missing', 'broken']) {
      const arn = await arnOf(run({}, { taskDefinition }));
      expect(await eventOf(arn)).toMatchObject({
        stopCode: 'TaskFailedToStart',
        stoppedReason: expect.stringContaining('CannotStartContainerError'),
      });
    }
  });

  it('lists tasks by status and starter', async () => {
    const a = await arnOf(run({}, { startedBy: 'a' }));
    const b = await arnOf(run({}, { startedBy: 'b' }));
    const ended = await arnOf(run({ EXIT: '0' }, { startedBy: 'b' }));
    await eventOf(ended);
    const list = async (filter: object) =>
      (await client.send(new ListTasksCommand({ cluster, ...filter }))).taskArns;
    expect(await list({})).toEqual([a, b]);
    expect(await list({ startedBy: 'b' })).toEqual([b]);
    expect(await list({ desiredStatus: 'STOPPED' })).toEqual([ended]);
    const page = await client.send(new ListTasksCommand({ cluster, maxResults: 1 }));
    expect(page.taskArns).toEqual([a]);
    expect(await list({ nextToken: page.nextToken })).toEqual([b]);
  });

  it('calls tasks of an earlier run missing', async () => {
    const arn = await arnOf(run({ EXIT: '0' }));
    await ecs.close();
    await start();
    const { tasks, failures } = await client.send(
      new DescribeTasksCommand({ cluster, tasks: [arn] }),
    );
    expect(tasks).toEqual([]);
    expect(failures).toMatchObject([{ arn, reason: 'MISSING' }]);
  });

  it('leaves no process when it is closed, a task that is being stopped included', async () => {
    const stubborn = await arnOf(run({ ON_TERM: 'ignore', CHILD: 'yes' }));
    const other = await arnOf(run({ ON_TERM: 'ignore' }));
    const pids = [await readyOf(stubborn), await readyOf(other)].flatMap(({ pid, child }) =>
      child === undefined ? [pid] : [pid, child],
    );
    await client.send(new StopTaskCommand({ cluster, task: stubborn }));
    await ecs.close();
    expect(events).toHaveLength(2);
    for (const pid of pids) {
      await eventually(async () => ((await isRunning(pid)) ? undefined : true));
    }
  });

  it('is not outlived by its tasks when it is killed', async () => {
    const host = await startHost('ecs-host.ts', [logsDir, worker]);
    const remote = clientOf(host.ready.endpoint);
    const { tasks } = await remote.send(run({ ON_TERM: 'ignore' }));
    const { pid } = await readyOf(tasks?.[0]?.taskArn ?? '');
    expect(await isRunning(pid)).toBe(true);
    await host.kill();
    await eventually(async () => ((await isRunning(pid)) ? undefined : true));
  });
});
