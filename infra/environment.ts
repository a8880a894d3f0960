import type { FunctionName } from './limits.ts';

/**
 * The environment variables of each function besides the names of parameters (parameters.ts) and the optional ones
 * for GitHub's addresses and the log level. test/infra compares them with what each function's configuration reads.
 */
const stored = ['CODY_TABLE'] as const;
const objects = ['CODY_BUCKET'] as const;
const queues = ['CODY_QUEUE_INGEST', 'CODY_QUEUE_JOBS'] as const;
const tasks = ['CODY_CLUSTER', 'CODY_TASK', 'CODY_TASK_CPU', 'CODY_TASK_MEMORY'] as const;
const launching = [
  ...tasks,
  'CODY_CONTAINER',
  'CODY_SUBNETS',
  'CODY_SECURITY_GROUPS',
  'CODY_SPOT',
  'CODY_MODEL_ACCOUNT',
] as const;
const pages = ['CODY_PUBLIC_URL'] as const;

export const environmentOf = {
  receive: ['CODY_QUEUE_INGEST'],
  ingest: [...stored, ...objects, ...queues, ...launching, ...pages],
  dispatch: [...stored, ...queues, ...launching],
  bury: [...stored, ...objects, ...queues],
  sweep: [...stored, ...objects, ...queues, ...tasks],
  settle: [...stored, ...queues, ...tasks],
  broker: [...stored],
  web: [...stored, ...objects, ...queues, ...pages],
} as const satisfies Readonly<Record<FunctionName, readonly string[]>>;

/** The name of every variable that some function gets. */
export type VariableName = (typeof environmentOf)[FunctionName][number];
