import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../core/errors.ts';

const STEP_MS = 5;

/** Something of an executor is still there. The attempt ends, and the next one has folders of its own. */
export class ProcessesLeft extends TransientError {
  constructor(options: Readonly<{ cause?: unknown }> = {}) {
    super('worker_lost', 'Processes that tools had started could not be ended', options);
    this.name = 'ProcessesLeft';
  }
}

/** What to end. `left` tells whether there is still something, and may throw; `end` tries to end it. */
export type Ending = Readonly<{ left: () => boolean; end: () => unknown; withinMs: number }>;

/**
 * Tries until nothing is left, and resolves then only: what comes afterwards may rely on it.
 * Throws ProcessesLeft when something is left after `withinMs`, or it cannot be told (then with the cause): the attempt
 * must not go on.
 */
export async function endAll({ left, end, withinMs }: Ending): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = look(left);
    if (!found.left) return;
    if (performance.now() >= deadline) throw new ProcessesLeft(found);
    await end();
    await sleep(STEP_MS);
  }
}

/** What cannot be told, as when no more files can be opened, is no sign of an end. */
function look(left: Ending['left']): Readonly<{ left: boolean; cause?: unknown }> {
  try {
    return { left: left() };
  } catch (cause) {
    return { left: true, cause };
  }
}
