import type { Logger } from 'pino';
import { TransientError } from '../../core/errors.ts';
import { type Executor, startExecutor } from '../executor/executor.ts';
import { ExecutorStartError } from '../executor/executor-process.ts';
import type { Sandbox } from '../executor/sandbox.ts';
import type { ExecutorLimits } from '../executor/use.ts';
import type { Folders } from './folders.ts';

/** Where an executor works and how it is confined. `network` is true for set-up only. */
export type ExecutorPlace = Readonly<{
  folders: Pick<Folders, 'workTree' | 'logs' | 'scratch'>;
  sandbox: Sandbox;
  network: boolean;
  log: Logger;
  /** What commands may use; the policy's own defaults when absent. */
  limits?: ExecutorLimits | undefined;
}>;

/**
 * Runs work with an executor of its own and returns what the work returns; afterwards no process of it is left.
 * Throws TransientError when the executor does not start, and ProcessesLeft when something of it could not be ended.
 */
export async function withExecutor<T>(
  { folders, ...place }: ExecutorPlace,
  work: (executor: Executor) => Promise<T>,
): Promise<T> {
  const { workTree, logs, scratch } = folders;
  const executor = await startExecutor({ workTree, logs, scratch, ...place }).catch(notStarted);
  try {
    return await work(executor);
  } finally {
    await executor.close();
  }
}

/** The machine may have been short of something for a moment: the next attempt tries again. */
function notStarted(error: unknown): never {
  if (!(error instanceof ExecutorStartError)) throw error;
  throw new TransientError('internal_error', 'The tool process did not start', { cause: error });
}
