import type { FunctionName } from './limits.ts';
import { type ParameterName, parametersOf } from './parameters.ts';
import { arn, stage } from './stage.ts';

/** The operator's policy. Made empty, so that tasks can start; then changed by hand and left alone by deployments. */
new aws.ssm.Parameter(
  'Policy',
  {
    name: parameterPath('CODY_POLICY'),
    type: 'String',
    tier: 'Intelligent-Tiering',
    value: '{}',
    description: 'YAML, see docs/configuration.md',
  },
  { ignoreChanges: ['value'], retainOnDelete: stage.production },
);

/** The name of a parameter in the store. */
function parameterPath(name: ParameterName): string {
  return `${stage.path}/${name}`;
}

/** The ARN of a parameter. */
export function parameterArn(name: ParameterName): $util.Output<string> {
  return arn('ssm', `parameter${parameterPath(name)}`);
}

/** Environment variables that name parameters; the function fetches their values when it starts. */
export function parameterEnvironment(name: FunctionName): Record<string, string> {
  return Object.fromEntries(
    parametersOf[name].map((parameter) => [parameter, `ssm:${parameterPath(parameter)}`]),
  );
}
