import type { Handle } from '../../../app/ingest.ts';
import type { Queue } from '../../../core/queue.ts';
import type { RunningApp } from '../../app/support/running-app.ts';

/** What came of handling messages: the errors after which the queue delivered one again. */
export type Handled = Readonly<{ failures: readonly string[] }>;

/** As often as the queue delivers a message before it becomes a dead letter. */
const tries = 5;

/** Handles all messages until the queues are empty, as the queues' readers do. */
export async function handleAll({ app, queues, github }: RunningApp): Promise<Handled> {
  const failures: string[] = [];
  const drain = async (queue: Queue, handle: Handle) => {
    const messages = await queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 });
    for (const message of messages) {
      const failed = await tried(() => handle(message));
      failures.push(...failed);
      if (failed.length === tries)
        failures.push('buried', ...(await tried(() => app.bury(message))));
      await queue.remove(message.receipt);
    }
    return messages.length;
  };
  for (let round = 0; round < 50; round += 1) {
    await github.settled();
    const count =
      (await drain(queues.ingest, app.ingest)) + (await drain(queues.jobs, app.dispatch));
    if (count === 0) return { failures };
  }
  throw new Error('The queues never become empty');
}

async function tried(handle: () => Promise<void>): Promise<readonly string[]> {
  const failures: string[] = [];
  while (failures.length < tries) {
    try {
      await handle();
      return failures;
    } catch (error) {
      const { name, code } = error as { name: string; code?: string };
      failures.push(code === undefined ? name : `${name} ${code}`);
    }
  }
  return failures;
}
