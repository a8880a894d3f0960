import { createQueue } from '../../core/queue.ts';
import { functionConfigs } from '../config.ts';
import { wireIngest } from '../wire-handlers.ts';
import { bucketPart, githubParts, launcherPart, queueParts, storeParts } from '../wire-parts.ts';
import { type BatchAnswer, handleBatch } from './queue-batch.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'ingest',
  readConfig: functionConfigs.ingest,
  async wire(config, around) {
    const stores = storeParts(config, around);
    const parts = {
      ...around,
      ...stores,
      ...queueParts(config),
      ...bucketPart(config),
      ...githubParts(config, { ...around, table: stores.table }),
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
