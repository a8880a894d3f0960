import type { FunctionName } from './limits.ts';

/**
 * What stands in SSM Parameter Store under `/<app>/<stage>/`, by the name of the environment variable that it
 * replaces. Only the policy is made by the deployment; the rest is put there by hand, so that no state file has it.
 */
export const parameterNames = [
  'APP_ID',
  'PRIVATE_KEY',
  'WEBHOOK_SECRET',
  'WEBHOOK_SECRET_PREVIOUS',
  'GITHUB_CLIENT_ID',
  'GITHUB_CLIENT_SECRET',
  'ANTHROPIC_API_KEY',
  'CODY_POLICY',
] as const;
export type ParameterName = (typeof parameterNames)[number];

const app = ['APP_ID', 'PRIVATE_KEY'] as const;

/** The parameters that each function reads: the model's key is the broker's alone. */
export const parametersOf: Readonly<Record<FunctionName, readonly ParameterName[]>> = {
  receive: ['WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS'],
  ingest: [...app, 'CODY_POLICY'],
  dispatch: ['CODY_POLICY'],
  bury: [...app, 'CODY_POLICY'],
  sweep: [...app, 'CODY_POLICY'],
  settle: [],
  broker: [...app, 'ANTHROPIC_API_KEY'],
  web: [...app, 'GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET', 'CODY_POLICY'],
};
