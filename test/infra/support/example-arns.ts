import type { Arns } from '../../../infra/access.ts';
import { tableShape } from '../../../infra/table-shape.ts';

/** Plain words in the place of ARNs, to read statements by. */
export const exampleArns: Arns<string> = {
  table: 'table',
  indexes: Object.keys(tableShape.indexes),
  index: (name) => name,
  bucket: 'bucket',
  objects: 'objects',
  objectsOf: (kind) => `objects/${kind}`,
  ingest: 'ingest',
  jobs: 'jobs',
  dead: 'dead',
  graves: 'graves',
  cluster: 'cluster',
  taskDefinition: 'definition',
  tasks: 'tasks',
  instances: 'instances',
  workerRole: 'worker',
  executionRole: 'execution',
  parameter: (name) => name,
  text: (value) => value,
};
