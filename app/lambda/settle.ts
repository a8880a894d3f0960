import { functionConfigs } from '../config.ts';
import { wireSettle } from '../wire-handlers.ts';
import { queueParts, storeParts, taskWatchPart } from '../wire-parts.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'settle',
  readConfig: functionConfigs.settle,
  wire(config, around) {
    const parts = {
      ...around,
      ...storeParts(config, around),
      ...queueParts(config),
      ...taskWatchPart(config),
    };
    return wireSettle(config, parts);
  },
});

/** Handles an ECS task state change from EventBridge. Throws when the table cannot be reached. */
export async function handler(event: unknown): Promise<void> {
  const settle = await wired();
  await settle(event);
}
