import { closeSync } from 'node:fs';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { watchHost } from './host-pipe.ts';
import { readHanded } from './supervisor/config.ts';
import { maxMemory } from './supervisor/max-memory.ts';
import { supervise } from './supervisor/supervise.ts';

/**
 * The supervisor: starts the agent process of one attempt, watches over it, and ends as it ended. It loads next to
 * nothing and holds no secret: the attempt's key goes by a descriptor that it does not read.
 */
const { env, keyDescriptor, cap } = readHanded();
const { stop, kill, ended } = supervise({
  program: fileURLToPath(new URL('job/main.ts', import.meta.url)),
  execArgv: process.execArgv,
  env,
  keyDescriptor,
  // The end of the whole task for want of memory would tell nothing.
  maxMemory: maxMemory({ constrained: process.constrainedMemory(), total: totalmem(), cap }),
  // A run may take a day at most; what it waits for at its ends takes hours at most.
  deadlineMs: 26 * 3_600_000,
  // A host waits for half a minute by default; the agent process gives up after 18 seconds.
  stopMs: 19_000,
  onKill: (why) => void tell(why),
});
// Nobody can take the key from here any more.
if (keyDescriptor !== undefined) closeSync(keyDescriptor);
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
watchHost({ onStop: stop, onGone: kill });

const code = await ended;
process.exit(code);

/** Loaded when there is something to say: a log takes longer to load than all else here. */
async function tell(why: string): Promise<void> {
  const { createLog } = await import('../core/log.ts');
  createLog({ level: 'info', name: 'supervisor' }).error({ why }, 'the agent process was ended');
}
