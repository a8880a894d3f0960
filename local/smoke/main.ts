import { processEnv, readSmokeConfig, type SmokeConfig, SmokeUsageError } from './config.ts';
import { runSmoke } from './run-smoke.ts';

const usage = `npm run smoke -- --url <pages> [--webhook <address>] [--repo <owner/name>] [--seconds 120] [--json]

WEBHOOK_SECRET      signs a ping
SMOKE_GITHUB_TOKEN  of a person who may write in --repo, where /cody help is asked
GITHUB_API_URL      of GitHub Enterprise Server
`;

/** npm run smoke: is a deployment there, and does it answer? */
const config = read();
if (config) {
  const steps = await runSmoke(config, ({ name, ok, ms, said }) =>
    say(`${ok ? 'ok    ' : 'FAILED'} ${name} ${(ms / 1000).toFixed(1)} s: ${said}`),
  );
  const ok = steps.every((step) => step.ok);
  if (!config.trip) say('No --repo: nothing was asked on GitHub.');
  if (config.json) say(JSON.stringify({ ok, steps }));
  process.exitCode = ok ? 0 : 1;
}

function read(): SmokeConfig | undefined {
  try {
    return readSmokeConfig(process.argv.slice(2), processEnv());
  } catch (error) {
    if (!(error instanceof SmokeUsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
