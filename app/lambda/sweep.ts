import { functionConfigs } from '../config.ts';
import type { Swept } from '../sweep.ts';
import { wireSweep } from '../wire-handlers.ts';
import { speakingParts, taskWatchPart } from '../wire-parts.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'sweep',
  readConfig: functionConfigs.sweep,
  wire(config, around) {
    const parts = {
      ...around,
      ...speakingParts(config, around),
      ...taskWatchPart(config),
    };
    return wireSweep(config, parts);
  },
});

/** Handles a schedule's tick. Throws when the table cannot be reached. */
export async function handler(): Promise<Swept> {
  const sweep = await wired();
  return sweep();
}
