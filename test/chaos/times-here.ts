import { slowness } from './slowness.ts';
import { githubMinuteMs } from './surroundings.ts';

/** The waiting times of the product at about 1/60, but for those of processes, which are no quicker. */
const chaosTimes = {
  CODY_LEASE_MS: '3000',
  CODY_HEARTBEAT_MS: '400',
  CODY_START_WITHIN_MS: '15000',
  CODY_SWEEP_MS: '1000',
  CODY_REPORT_DELAY_MS: '167',
  CODY_RETRY_MS: '200',
  CODY_PACING_MS: '17',
  CODY_GITHUB_MINUTE_MS: String(githubMinuteMs),
  CODY_GITHUB_TIMEOUT_MS: '5000',
  CODY_MODEL_IDLE_MS: '4000',
  CODY_MODEL_RETRY_MS: '5000',
  CODY_WARM_MS: '500',
  CODY_SPEND_PROBE_MS: '2000',
  CODY_LONGEST_WAIT_MS: '60000',
  CODY_LONGEST_PUBLISH_MS: '30000',
  LOG_LEVEL: 'info',
} as const;

/** What a process has to do within: on a machine that is busy with other things three seconds say nothing. */
const stretched: ReadonlySet<string> = new Set([
  'CODY_LEASE_MS',
  'CODY_START_WITHIN_MS',
  'CODY_GITHUB_TIMEOUT_MS',
  'CODY_LONGEST_WAIT_MS',
  'CODY_LONGEST_PUBLISH_MS',
]);

/** The waiting times for this machine as it is now, by their names in the environment. */
export function timesHere(): Readonly<Record<string, string>> {
  const factor = slowness();
  return Object.fromEntries(
    Object.entries(chaosTimes).map(([name, value]) => [
      name,
      stretched.has(name) ? String(Math.round(Number(value) * factor)) : value,
    ]),
  );
}
