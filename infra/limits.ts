/**
 * Every size, time and count of the deployment, as plain data. Their rules (a queue hides a message for six times as
 * long as its handler may take, for instance) are tested in test/infra/limits.test.ts.
 */

/** The Lambda functions. */
export const functionNames = [
  'receive',
  'ingest',
  'dispatch',
  'bury',
  'sweep',
  'settle',
  'broker',
  'web',
] as const;
export type FunctionName = (typeof functionNames)[number];

/** Memory in MB, time in seconds. */
export const functions: Readonly<
  Record<FunctionName, Readonly<{ memoryMb: number; timeoutSeconds: number }>>
> = {
  /** GitHub waits 10 s for an answer. */
  receive: { memoryMb: 512, timeoutSeconds: 8 },
  ingest: { memoryMb: 1024, timeoutSeconds: 60 },
  dispatch: { memoryMb: 512, timeoutSeconds: 30 },
  bury: { memoryMb: 1024, timeoutSeconds: 60 },
  sweep: { memoryMb: 1024, timeoutSeconds: 120 },
  settle: { memoryMb: 512, timeoutSeconds: 30 },
  broker: { memoryMb: 512, timeoutSeconds: 25 },
  web: { memoryMb: 1024, timeoutSeconds: 20 },
};

const day = 86_400;

/**
 * The queues. `concurrency` is how many handlers one event source runs at once (2 is the least that SQS takes);
 * functions have no reserved concurrency, because new accounts have ten in all. All queues together leave two of these
 * for what somebody waits for: webhooks, pages, workers that ask the broker, and the sweep.
 */
export const queues = {
  ingest: {
    handler: 'ingest',
    visibilitySeconds: 360,
    /** Together with the visibility, how long GitHub may be out before a message counts as dead. */
    receives: 8,
    batch: 5,
    concurrency: 4,
    retentionSeconds: 4 * day,
  },
  jobs: {
    handler: 'dispatch',
    visibilitySeconds: 180,
    receives: 5,
    batch: 5,
    concurrency: 2,
    retentionSeconds: 4 * day,
  },
  /** Of both queues above: each message ends in something that people see. */
  dead: {
    handler: 'bury',
    visibilitySeconds: 360,
    receives: 5,
    batch: 1,
    concurrency: 2,
    retentionSeconds: 14 * day,
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      handler: FunctionName;
      visibilitySeconds: number;
      receives: number;
      batch: number;
      concurrency: number;
      retentionSeconds: number;
    }
  >
>;
export type QueueName = keyof typeof queues;

/** What nobody could bury, for people to look at. The longest that SQS keeps anything. */
export const graves = { retentionSeconds: 14 * day } as const;

/** One task on Fargate: one attempt of one job. */
export const worker = {
  architecture: 'arm64',
  cpu: '2 vCPU',
  memory: '4 GB',
  storage: '40 GB',
  /** The same for the code: CPU in 1/1024 vCPU, memory in MiB. */
  cpuUnits: 2_048,
  memoryMib: 4_096,
  /** From SIGTERM to SIGKILL: the longest that Fargate allows. */
  stopTimeoutSeconds: 120,
  /** The outer limit of a task, for a worker that neither ends nor is found by the sweep: five hours. */
  lifespanSeconds: 18_000,
  /** The sleeping container that keeps the limit. */
  lifespanMemoryMb: 32,
} as const;

/** Availability zones, one public subnet each. A task goes to any of them that has room. */
export const network = { zones: 2 } as const;

/** How long things are kept, in days. */
export const retention = {
  logs: 30,
  /** Objects of ended requests: prompts, threads, patches, journals. */
  objects: 90,
  /** Earlier contents of an object. Objects are named by their content, so there should be none. */
  oldVersions: 7,
} as const;

/** When an alarm goes off. Ages and periods in seconds. */
export const alarms = {
  oldestCommandSeconds: 300,
  oldestJobMessageSeconds: 900,
  /** From the command to the start of a worker, when all places are taken. */
  oldestWaitingSeconds: 3_600,
  deadLetterSeconds: 600,
  sweepMissingMinutes: 5,
  failureShare: 0.5,
  /** Below this many ended jobs in the period a share says nothing. */
  failureAtLeast: 4,
  spendUsdPerDay: 200,
} as const;

/** How often the sweep runs, as EventBridge Scheduler writes it. */
export const sweepEvery = 'rate(1 minute)';
