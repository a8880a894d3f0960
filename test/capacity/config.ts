import { parseArgs } from 'node:util';
import { type Tier, tiers } from './tiers.ts';

/** What is simulated, and whether figures come as JSON too. */
export type CapacityConfig = Readonly<{ tiers: readonly Tier[]; json: boolean }>;

const options = {
  /** Only the tier of so many jobs an hour. */
  jobs: { type: 'string' },
  /** Simulated time, in place of the tier's. */
  minutes: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** Reads `--jobs`, `--minutes` and `--json`. Throws Error for a load that no tier is meant for. */
export function readCapacityConfig(args: readonly string[]): CapacityConfig {
  const { values } = parseArgs({ args: [...args], options });
  const wanted = values.jobs === undefined ? undefined : Number(values.jobs);
  const chosen = tiers.filter(({ jobsPerHour }) => wanted === undefined || jobsPerHour === wanted);
  if (chosen.length === 0) throw new Error(`No settings are meant for ${values.jobs} jobs an hour`);
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  return {
    tiers: chosen.map((tier) => (minutes === undefined ? tier : { ...tier, minutes })),
    json: values.json,
  };
}
