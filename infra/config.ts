/**
 * What an operator may set when deploying, by environment variable: none of it is secret. Empty counts as not set. What
 * a function reads under a name that a machine may have set for itself, as GitHub Actions does, has another name here.
 */
export const config = {
  /** A domain name of yours for the pages. Without it they have CloudFront's. */
  domain: read('CODY_DOMAIN'),
  /** Where alarms are mailed to. */
  alarmEmail: read('CODY_ALARM_EMAIL'),
  /** For GitHub Enterprise Server. */
  githubApiUrl: read('CODY_DEPLOY_GITHUB_API_URL'),
  githubServerUrl: read('CODY_DEPLOY_GITHUB_SERVER_URL'),
  /** Debian packages for the worker's image, separated by spaces: the toolchains of your repositories. */
  workerPackages: read('CODY_WORKER_PACKAGES'),
  /** `on`: workers run on spare capacity, which costs up to 70 % less and may be taken away. */
  workerSpot: read('CODY_WORKER_SPOT') === 'on',
  /** The table that the deployment uses in place of its own: one that was restored from a backup. */
  table: read('CODY_DEPLOY_TABLE'),
  logLevel: withMetrics(read('CODY_DEPLOY_LOG_LEVEL')),
} as const;

function read(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** Functions and workers refuse the others at their start (core/config.ts): better here, where nothing has changed yet. */
function withMetrics(level: string | undefined): string | undefined {
  if (level === undefined || ['trace', 'debug', 'info'].includes(level)) return level;
  throw new Error(
    'CODY_DEPLOY_LOG_LEVEL must be trace, debug or info: metrics and alarms live off lines of info',
  );
}
