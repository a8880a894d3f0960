import { readConfig as readAppConfig } from '../app/config.ts';
import { ConfigError, type Env } from '../core/config.ts';
import { type LocalConfig, readConfig } from './config.ts';

/** Names that the engines fill in; here only so that everything else can be checked before they start. */
const placeholders = {
  CODY_TABLE: 'x',
  CODY_BUCKET: 'x',
  CODY_QUEUE_INGEST: 'http://127.0.0.1',
  CODY_QUEUE_JOBS: 'http://127.0.0.1',
  CODY_CLUSTER: 'x',
  CODY_TASK: 'x',
};

/** What the server is set up with. Throws ConfigError with all problems of the server and of the App at once. */
export function readConfigs(env: Env): LocalConfig {
  const app = () => readAppConfig({ ...env, ...placeholders });
  const problems = [app, () => readConfig(env)].flatMap(problemsOf);
  if (problems.length > 0) throw new ConfigError(problems);
  return readConfig(env);
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
