/** What a runner of GitHub Actions sets by itself, and what an operator may have set for a deployment. */
export const settingsOfAMachine = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_API_URL: 'https://api.github.example',
  GITHUB_SERVER_URL: 'https://github.example',
  LOG_LEVEL: 'trace',
  CODY_ALARM_EMAIL: 'someone@example.com',
  CODY_DOMAIN: 'cody.example.com',
  CODY_WORKER_PACKAGES: 'golang',
  CODY_WORKER_SPOT: 'on',
  CODY_DEPLOY_GITHUB_API_URL: '',
  CODY_DEPLOY_TABLE: 'another',
} as const;

/** Names without which no program starts. */
const kept = ['PATH', 'HOME', 'TMPDIR'];

/** The part of an environment that a plan is made in: a plan depends on the code alone. */
export function planEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(env);
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value !== undefined && kept.includes(name) ? [[name, value]] : [],
    ),
  );
}
