import { functionConfigs } from '../config.ts';
import type { Swept } from '../sweep.ts';
import { wireSweep } from '../wire-handlers.ts';
import { bucketPart, githubParts, queueParts, storeParts, taskWatchPart } from '../wire-parts.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'sweep',
  readConfig: functionConfigs.sweep,
  wire(config, around) {
    const stores = storeParts(config, around);
    const parts = {
      ...around,
      ...stores,
      ...queueParts(config),
      ...bucketPart(config),
      ...githubParts(config, { ...around, table: stores.table }),
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
