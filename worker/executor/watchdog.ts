import { Stopped } from '../../core/errors.ts';
import { diskExcess, type Excess, type ExecutorLimits, processExcess } from './use.ts';

/** What to look at, and how often in ms. Disk is looked at more seldom when looking takes long. */
export type WatchOptions = Readonly<{
  limits: ExecutorLimits;
  folders: readonly string[];
  pids: () => readonly number[];
  processMs?: number;
  diskMs?: number;
}>;

/** Looks at what processes and folders use until told to end; calls back once, with the first excess. */
export function watchUse(options: WatchOptions, onExcess: (excess: Excess) => void): () => void {
  const { limits, folders, pids, processMs = 500, diskMs = 10_000 } = options;
  let ended = false;
  const timers = new Set<NodeJS.Timeout>();
  const end = () => {
    ended = true;
    for (const timer of timers) clearTimeout(timer);
  };
  const tell = (excess: Excess | undefined) => {
    if (ended || !excess) return;
    end();
    onExcess(excess);
  };
  const again = (look: () => Promise<void> | void, afterMs: number) => {
    if (ended) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void look();
    }, afterMs);
    timers.add(timer);
  };
  const lookAtProcesses = () => {
    tell(processExcess(pids(), limits));
    again(lookAtProcesses, processMs);
  };
  const lookAtDisk = async () => {
    const started = performance.now();
    tell(await diskExcess(folders, limits));
    again(lookAtDisk, Math.max(diskMs, 20 * (performance.now() - started)));
  };
  again(lookAtProcesses, processMs);
  again(lookAtDisk, diskMs);
  return end;
}

/** What the model reads in place of the command's result. */
export function excessSentence({ what, used, limit }: Excess): string {
  const all =
    what === 'processes'
      ? `${used} processes ran, and ${limit} may`
      : `${gigabytes(used)} of ${what} were in use, and ${gigabytes(limit)} may be`;
  return `The command was ended with everything it had started: ${all}. What it printed is in /workspace/logs; files may have been changed in part. ${advice[what]}`;
}

/** Why a job ends whose commands do not keep to their limits. */
export function excessStop({ what }: Excess): Stopped {
  const code = what === 'disk' ? 'disk_full' : 'out_of_memory';
  return new Stopped('limit', code, `Commands passed their limit of ${what} several times.`);
}

const advice = {
  memory: 'Run less at once: fewer parallel workers, one package or one test file.',
  disk: 'Remove what is not needed from /workspace/scratch, and write less.',
  processes: 'Start fewer processes at once.',
} as const;

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
}
