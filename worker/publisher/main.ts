import { Socket } from 'node:net';
import { createLog } from '../../core/log.ts';
import { openAttemptLink } from './attempt-link.ts';
import { runTask } from './run-task.ts';
import { createSpeaker } from './speaker.ts';
import { encodeError } from './wire-error.ts';

/**
 * The publisher: started when the agent has ended and every executor is dead, for one task. It alone has a token that
 * may write. Descriptor 3 is the pipe to the attempt; without the attempt it ends at once.
 */
const gone = (error?: unknown) => {
  if (error !== undefined)
    createLog({ level: 'error', name: 'publisher' }).error(
      { err: error },
      'the task is not understood',
    );
  process.exit(1);
};
const link = openAttemptLink(new Socket({ fd: 3, readable: true, writable: true }), gone);
// A signal to the whole group reaches the attempt as well, which says what is to be done.
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);

const task = await link.task;
const speaker = createSpeaker(task, link);
try {
  await link.end({ type: 'done', result: await runTask(speaker, task) });
} catch (error) {
  await link.end({ type: 'failed', error: encodeError(error, speaker.redactor.redact) });
}
process.exit(0);
