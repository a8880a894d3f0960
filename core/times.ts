import { z } from 'zod';

const ms = (value: number) => z.coerce.number().int().nonnegative().default(value);

/** Every waiting time of the product in ms, by environment name, so that tests can run them shorter. */
export const Times = z.object({
  CODY_LEASE_MS: ms(90_000),
  CODY_HEARTBEAT_MS: ms(6_000),
  CODY_START_WITHIN_MS: ms(300_000),
  CODY_SWEEP_MS: ms(60_000),
  CODY_REPORT_DELAY_MS: ms(10_000),
  CODY_RETRY_MS: ms(30_000),
  CODY_PACING_MS: ms(1_000),
  /** How long a minute of GitHub's limits lasts; shorter only where a stand-in's minute is. */
  CODY_GITHUB_MINUTE_MS: ms(60_000),
  CODY_MODEL_IDLE_MS: ms(120_000),
  CODY_MODEL_RETRY_MS: ms(600_000),
  CODY_WARM_MS: ms(30_000),
  CODY_SPEND_PROBE_MS: ms(900_000),
  CODY_LONGEST_WAIT_MS: ms(86_400_000),
  CODY_LONGEST_PUBLISH_MS: ms(86_400_000),
  CODY_GITHUB_TIMEOUT_MS: ms(30_000),
});
export type Times = z.infer<typeof Times>;
