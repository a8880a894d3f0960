import { functionAccess, logAccess } from './access.ts';
import { arns } from './arns.ts';
import { config } from './config.ts';
import { environmentOf, type VariableName } from './environment.ts';
import { type FunctionName, functions, retention } from './limits.ts';
import { createRole } from './role.ts';
import { parameterEnvironment } from './secrets.ts';
import { stage } from './stage.ts';

type Options = Readonly<{
  /** Values of the variables that environment.ts lists for it. */
  variables: Readonly<Partial<Record<VariableName, $util.Input<string>>>>;
  url?: sst.aws.FunctionArgs['url'];
  /** What is laid beside the bundle. */
  files?: sst.aws.FunctionArgs['copyFiles'];
}>;

const access = functionAccess(arns);

/** Deploys `app/lambda/<name>.ts` with a log, a role and an environment of its own. */
export function createFunction(name: FunctionName, options: Options): sst.aws.Function {
  const title = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
  const { memoryMb, timeoutSeconds } = functions[name];
  const log = new aws.cloudwatch.LogGroup(`${title}Log`, {
    name: logName(name),
    retentionInDays: retention.logs,
  });
  const logs = logAccess<$util.Input<string>>($interpolate`${log.arn}:*`);
  const role = createRole(`${title}Role`, {
    service: 'lambda.amazonaws.com',
    statements: [...access[name], logs],
  });
  return new sst.aws.Function(title, {
    handler: `app/lambda/${name}.handler`,
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    memory: `${memoryMb} MB`,
    timeout: `${timeoutSeconds} seconds`,
    role: role.arn,
    environment: {
      ...environment(name, options.variables),
      ...parameterEnvironment(name),
    },
    logging: { logGroup: log.name },
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.files === undefined ? {} : { copyFiles: options.files }),
  });
}

/** The log group of a function or of the worker. */
export function logName(name: string): string {
  return `/${$app.name}/${stage.name}/${name}`;
}

/** Where metrics stand; addresses of GitHub and the log level, where the operator set them. */
export const commonEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    GITHUB_API_URL: config.githubApiUrl,
    GITHUB_SERVER_URL: config.githubServerUrl,
    LOG_LEVEL: config.logLevel,
    CODY_METRICS: stage.metrics,
  }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);

function environment(name: FunctionName, variables: Options['variables']) {
  const listed = environmentOf[name].map((variable) => {
    const value = variables[variable];
    if (value === undefined) throw new Error(`${name} has no value for ${variable}`);
    return [variable, value] as const;
  });
  return { ...commonEnvironment, ...Object.fromEntries(listed) };
}
