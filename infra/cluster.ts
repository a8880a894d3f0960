import { worker as limits } from './limits.ts';
import { vpc } from './network.ts';
import { stage } from './stage.ts';

export const cluster = new sst.aws.Cluster('Cluster', { vpc });

/**
 * The family of the worker's task definition. Functions start its newest revision by this name: they go on working
 * while a deployment replaces the revision that they would otherwise name.
 */
export const workerFamily = `${$app.name}-${stage.name}-worker`;

/** What functions need to know of tasks. */
export const taskVariables = {
  CODY_CLUSTER: cluster.nodes.cluster.arn,
  CODY_TASK: workerFamily,
  CODY_TASK_CPU: String(limits.cpuUnits),
  CODY_TASK_MEMORY: String(limits.memoryMib),
};

/** Names that are given here, because roles have to name each other before they exist. */
export const roleNames = {
  worker: `${$app.name}-${stage.name}-worker`,
  execution: `${$app.name}-${stage.name}-execution`,
} as const;
