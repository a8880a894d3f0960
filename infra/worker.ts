import { executionAccess, workerAccess } from './access.ts';
import { arns } from './arns.ts';
import { broker } from './broker.ts';
import { bucket } from './bucket.ts';
import { cluster, roleNames, taskVariables, workerFamily } from './cluster.ts';
import { config } from './config.ts';
import { commonEnvironment, logName } from './function.ts';
import { worker as limits } from './limits.ts';
import { vpc } from './network.ts';
import { ingest, jobs } from './queues.ts';
import { createRole } from './role.ts';
import { router } from './router.ts';
import { parameterArn } from './secrets.ts';
import { arn, place } from './stage.ts';
import { table } from './table.ts';
import { finishContainers, scratch } from './worker-containers.ts';

const workerRole = createRole('TaskRole', {
  service: 'ecs-tasks.amazonaws.com',
  statements: workerAccess<$util.Input<string>>(arns, broker.arn),
  physicalName: roleNames.worker,
});

const executionRole = createRole('TaskExecutionRole', {
  service: 'ecs-tasks.amazonaws.com',
  statements: executionAccess<$util.Input<string>>(arns, {
    // SST puts all images into this repository.
    repository: arn('ecr', 'repository/sst-asset'),
    everything: '*',
    logs: arn('logs', `log-group:${logName('worker')}:*`),
  }),
  physicalName: roleNames.execution,
});

/** One task is one attempt of one job; nothing runs while there is none. */
export const worker = new sst.aws.Task('Worker', {
  cluster,
  architecture: limits.architecture,
  cpu: limits.cpu,
  memory: limits.memory,
  storage: limits.storage,
  taskRole: workerRole.name,
  executionRole: executionRole.name,
  image: {
    context: '.',
    dockerfile: 'worker/Dockerfile',
    args: { EXTRA_PACKAGES: config.workerPackages ?? '' },
  },
  logging: { name: logName('worker'), retention: '1 month' },
  environment: {
    ...commonEnvironment,
    AWS_REGION: place.region,
    CODY_TABLE: table.name,
    CODY_BUCKET: bucket.name,
    CODY_QUEUE_INGEST: ingest.url,
    CODY_QUEUE_JOBS: jobs.url,
    CODY_BROKER_URL: broker.url,
    CODY_BROKER_AUTH: 'iam',
    CODY_PUBLIC_URL: router.url,
    CODY_MODEL_ACCOUNT: modelAccount(),
  },
  ssm: { CODY_POLICY_TEXT: parameterArn('CODY_POLICY') },
  transform: {
    taskDefinition: (args) => {
      args.family = workerFamily;
      args.containerDefinitions = finishContainers(args.containerDefinitions);
      args.volumes = [{ name: scratch.name }];
    },
  },
});

/** What `dispatch` needs to start one. */
export const launchVariables = {
  ...taskVariables,
  CODY_CONTAINER: 'Worker',
  CODY_SUBNETS: list(worker.subnets),
  CODY_SECURITY_GROUPS: list(vpc.securityGroups),
  CODY_SPOT: config.workerSpot ? 'on' : 'off',
  CODY_MODEL_ACCOUNT: modelAccount(),
};

/** Names the account whose spend limit jobs wait for. Another name lets waiting jobs try at once. */
function modelAccount(): string {
  return 'default';
}

function list(values: $util.Input<$util.Input<string>[]>): $util.Output<string> {
  return $output(values).apply((all) => all.join(','));
}
