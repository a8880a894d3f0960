import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ProcessSpec } from '../../core/process.ts';
import { startEcs } from '../../local/engines/ecs.ts';
import { environmentOf, RunTask } from '../../local/engines/ecs-messages.ts';
import type { TaskStoppedEvent } from '../../local/engines/task-stopped-event.ts';
import type { Answer, CallRequest } from './call.ts';
import { forwardTo } from './forward.ts';
import type { Door, Gate } from './gate.ts';
import { pidOfPart } from './worker-part.ts';

/** The ECS endpoint behind the gate, whose tasks are real worker processes with a door each. */
export type Workers = Readonly<{
  /** For the gate: what answers ECS calls. */
  upstream: (request: CallRequest) => Promise<Answer>;
  /** Workers that have not ended. */
  running: () => number;
  /** When a worker of a job ended (Unix ms), the job's first being 1; undefined while it runs. */
  endedAt: (jobId: string, worker: number) => number | undefined;
  close: () => Promise<void>;
}>;

type Env = Readonly<Record<string, string>>;
type Options = Readonly<{
  /** Asked when it is needed, because the gate needs us first. */
  gate: () => Gate;
  dataDir: string;
  /** What every worker gets; the addresses are those of its door. */
  env: (door: string) => Env;
  onStopped: (event: TaskStoppedEvent) => Promise<void>;
  log: Logger;
}>;

export const clusterEnv = { CODY_CLUSTER: 'chaos', CODY_TASK: 'cody-worker' } as const;

/** Starts the endpoint. */
export async function startWorkers(options: Options): Promise<Workers> {
  const doors = new Map<string, Opened>();
  const agent = new Agent({ keepAlive: true });
  const ends = new Map<string, number>();
  let running = 0;
  const ecs = await startEcs({
    cluster: clusterEnv.CODY_CLUSTER,
    taskDefinitions: {
      [clusterEnv.CODY_TASK]: ({ environment }) => {
        running += 1;
        return workerSpec(options, { environment, door: doors.get(keyOf(environment))?.door });
      },
    },
    logsDir: join(options.dataDir, 'logs'),
    onTaskStopped: async (event) => {
      running -= 1;
      const opened = doors.get(keyOfEvent(event));
      if (opened) ends.set(`${opened.jobId}#${opened.worker}`, Date.now());
      await opened?.door.close();
      await options.onStopped(event);
    },
    stopTimeoutMs: 20_000,
    closeTimeoutMs: 100,
    log: options.log,
  });
  return {
    upstream: async (request) => {
      if (String(request.headers['x-amz-target']).endsWith('.RunTask')) {
        const environment = environmentOf(RunTask.parse(JSON.parse(request.body.toString('utf8'))));
        if (!doors.has(keyOf(environment)))
          doors.set(keyOf(environment), await openDoor(options, { environment, doors }));
      }
      return forwardTo(agent, ecs.endpoint, request);
    },
    running: () => running,
    endedAt: (jobId, worker) => ends.get(`${jobId}#${worker}`),
    close: async () => {
      await ecs.close();
      agent.destroy();
    },
  };
}

function keyOf(environment: Env): string {
  return `${environment['CODY_JOB_ID']}#${environment['CODY_ATTEMPT']}#${environment['CODY_ATTEMPT_KEY']}`;
}

const Overrides = z.object({
  containerOverrides: z.array(
    z.object({ environment: z.array(z.object({ name: z.string(), value: z.string() })) }),
  ),
});

function keyOfEvent({ detail }: TaskStoppedEvent): string {
  const [container] = Overrides.parse(detail.overrides).containerOverrides;
  return keyOf(
    Object.fromEntries((container?.environment ?? []).map(({ name, value }) => [name, value])),
  );
}

type Opened = Readonly<{ jobId: string; worker: number; door: Door }>;
type Opening = Readonly<{ environment: Env; doors: ReadonlyMap<string, Opened> }>;

/** Workers of a job are counted here: a number of an attempt that used none up comes again. */
async function openDoor(
  { gate, dataDir }: Options,
  { environment, doors }: Opening,
): Promise<Opened> {
  const file = pidFile(dataDir, environment);
  const jobId = environment['CODY_JOB_ID'] ?? '';
  const worker = 1 + [...doors.values()].filter((opened) => opened.jobId === jobId).length;
  const door = await gate().open({
    from: 'worker',
    jobId,
    attempt: worker,
    signal: (signal) => {
      try {
        const first = Number(readFileSync(file, 'utf8'));
        // A host asks the first process to end; what strikes an attempt strikes all of its processes at once.
        process.kill(signal === 'SIGTERM' ? first : -first, signal);
      } catch {
        // It has ended already.
      }
    },
    pidOf: (part) => pidOfPart(Number(readFileSync(file, 'utf8')), part),
  });
  return { jobId, worker, door };
}

function pidFile(dataDir: string, environment: Env): string {
  const { CODY_JOB_ID: job, CODY_ATTEMPT: attempt, CODY_ATTEMPT_KEY: key = '' } = environment;
  return join(dataDir, 'logs', `${job}-${attempt}-${key.slice(0, 8)}.pid`);
}

type Starting = Readonly<{ environment: Env; door: Door | undefined }>;

/** The worker notes its pid, which is that of its group as well. */
function workerSpec({ dataDir, env }: Options, { environment, door }: Starting): ProcessSpec {
  const url = door?.url ?? '';
  const start = ['/bin/sh', fileOf('start.sh')];
  const node = [process.execPath, '--max-semi-space-size=8', fileOf('main.ts')];
  return {
    command: '/bin/sh',
    args: ['-c', note, 'sh', pidFile(dataDir, environment), ...start, ...node],
    env: {
      ...env(url),
      ...environment,
      CODY_BROKER_URL: `${url}/broker`,
      CODY_DATA_DIR: join(dataDir, 'work'),
    },
  };
}

const note = 'echo $$ >"$1"; shift; exec "$@"';

const fileOf = (name: string) => fileURLToPath(new URL(`../../worker/${name}`, import.meta.url));
