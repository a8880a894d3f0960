import { createQueue } from '../../core/queue.ts';
import { functionConfigs } from '../config.ts';
import { wireDispatch } from '../wire-handlers.ts';
import { launcherPart, queueParts, storeParts } from '../wire-parts.ts';
import { type BatchAnswer, handleBatch } from './queue-batch.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'dispatch',
  readConfig: functionConfigs.dispatch,
  wire(config, around) {
    const parts = {
      ...around,
      ...storeParts(config, around),
      ...queueParts(config),
      ...launcherPart(config),
    };
    const queue = createQueue({ aws: config.aws.SQS, url: config.jobsQueue });
    return { handle: wireDispatch(config, parts), queue, log: around.log };
  },
});

/** Handles an SQS event and names the messages to deliver again. Throws when the configuration is not complete. */
export async function handler(event: unknown): Promise<BatchAnswer> {
  return handleBatch(await wired(), event);
}
