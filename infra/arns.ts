import type { Arns } from './access.ts';
import { bucket } from './bucket.ts';
import { cluster, roleNames, workerFamily } from './cluster.ts';
import { dead, graves, ingest, jobs } from './queues.ts';
import { parameterArn } from './secrets.ts';
import { arn, place } from './stage.ts';
import { indexArn, table, tableIndexes } from './table.ts';

/** What the statements of all roles name. */
export const arns: Arns<$util.Input<string>> = {
  table: table.arn,
  indexes: tableIndexes,
  index: indexArn,
  bucket: bucket.arn,
  objects: $interpolate`${bucket.arn}/*`,
  objectsOf: (kind) => $interpolate`${bucket.arn}/${kind}/*`,
  ingest: ingest.arn,
  jobs: jobs.arn,
  dead: dead.arn,
  graves: graves.arn,
  cluster: cluster.nodes.cluster.arn,
  taskDefinition: arn('ecs', `task-definition/${workerFamily}:*`),
  tasks: arn('ecs', $interpolate`task/${cluster.nodes.cluster.name}/*`),
  instances: arn('ecs', $interpolate`container-instance/${cluster.nodes.cluster.name}/*`),
  workerRole: roleArn(roleNames.worker),
  executionRole: roleArn(roleNames.execution),
  parameter: parameterArn,
  text: (value) => value,
};

function roleArn(name: string): $util.Output<string> {
  return $interpolate`arn:${place.partition}:iam::${place.account}:role/${name}`;
}
