import { functionConfigs } from '../config.ts';
import { wireBury } from '../wire-handlers.ts';
import { speakingParts } from '../wire-parts.ts';
import { type BatchAnswer, handleBatch } from './queue-batch.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'bury',
  readConfig: functionConfigs.bury,
  wire(config, around) {
    const parts = { ...around, ...speakingParts(config, around) };
    return { handle: wireBury(config, parts), queue: undefined, log: around.log };
  },
});

/** Handles an SQS event and names the messages to deliver again. Throws when the configuration is not complete. */
export async function handler(event: unknown): Promise<BatchAnswer> {
  return handleBatch(await wired(), event);
}
