import { TransientError } from '../../../core/errors.ts';
import type { Github } from '../../../core/github/octokit.ts';
import type { Table } from '../../../core/store/table.ts';
import type { TableAction } from '../../../core/store/table-action.ts';
import { type createFakeGithub, githubUnreachable } from './fake-github.ts';
import { memoryBucket, type Objects } from './memory-bucket.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { MemoryTable } from './memory-table.ts';
import { effect, type Process } from './process.ts';
import type { Claim } from './reference.ts';

/** Who writes to the table at this moment: the name of the process, and a worker's claim. */
export type Hand = { who: string; claim: Claim | undefined };

type Outside = Readonly<{
  table: MemoryTable;
  github: ReturnType<typeof createFakeGithub>;
  objects: Objects;
  hand: Hand;
}>;

type Ports = Readonly<{ self: Process; claim?: () => Claim | undefined }>;

export type Gates = ReturnType<typeof createGates>;

/** Table, GitHub and bucket as a process has them: it stands still before each effect on them. */
export function createGates({ table, github, objects, hand }: Outside) {
  const gatedTable = ({ self, claim }: Ports): Table => ({
    ...table,
    transact: (actions) =>
      effect(self, {
        name: endedBy(actions) ?? 'table',
        failure: () => new TransientError('internal_error', 'The table cannot be reached'),
        act: () => {
          hand.who = self.name;
          return asWriter(claim?.(), () => table.transact(actions));
        },
      }).catch((error: unknown) => {
        if (error instanceof TransientError) self.faulted = true;
        throw error;
      }),
  });
  const asWriter = (claim: Claim | undefined, act: () => Promise<void>) => {
    hand.claim = claim;
    try {
      // Judged before it returns: the table writes at once.
      return act();
    } finally {
      hand.claim = undefined;
    }
  };
  const githubOf = (self: Process, before: () => void = () => undefined): Github =>
    github.client(self.name, (name, act) => {
      before();
      return effect(self, { name: `github ${name}`, act, failure: githubUnreachable });
    });
  const bucketOf = (self: Process) =>
    memoryBucket(objects, (name, act) =>
      effect(self, {
        name,
        act,
        failure: () => new TransientError('internal_error', 'The bucket cannot be written'),
      }),
    );

  /** A worker's table without effects: its heartbeats go on by themselves. */
  const directTable = (claim: () => Claim | undefined): Table => ({
    ...table,
    transact: (actions) => asWriter(claim(), () => table.transact(actions)),
  });

  return { gatedTable, directTable, githubOf, bucketOf };
}

/** A queue as a process has it. */
export function outbox(self: Process, queue: MemoryQueue) {
  return queue.outbox((act) => effect(self, { name: 'send', act }));
}

/** What a transaction is called that ends a job. */
function endedBy(actions: readonly TableAction[]): string | undefined {
  const end = actions.find((one) => one.type === 'update' && one.set?.['ended_at'] !== undefined);
  return end?.type === 'update' ? endOf(end.key.sk) : undefined;
}

/** The name of the effect that ends a job; `sk` is the job's sort key, which ends in its id. */
export function endOf(sk: string): string {
  return `end ${sk.replace(/^JOB#/, '')}`;
}
