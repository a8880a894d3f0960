import { createQueue } from '../../core/queue.ts';
import { functionConfigs } from '../config.ts';
import { wireIngest } from '../wire-handlers.ts';
import { launcherPart, speakingParts } from '../wire-parts.ts';
import { type BatchAnswer, handleBatch } from './queue-batch.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'ingest',
  readConfig: functionConfigs.ingest,
  async wire(config, around) {
    const parts = {
      ...around,
      ...speakingParts(config, around),
      ...launcherPart(config),
    };
    const queue = createQueue({ aws: config.aws.SQS, url: config.ingestQueue });
    return { handle: await wireIngest(config, parts), queue, log: around.log };
  },
});

/** Handles an SQS event and names the messages to deliver again. Throws when the configuration is not complete. */
export async function handler(event: unknown): Promise<BatchAnswer> {
  return handleBatch(await wired(), event);
}
