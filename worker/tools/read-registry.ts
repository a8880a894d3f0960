import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { ToolError } from './tool-error.ts';
import { absolutePath, displayPath, type WorkspacePath } from './workspace-path.ts';

/** What the model has seen of files, so that it never overwrites what it has not. Lives as long as the executor. */
export type ReadRegistry = Readonly<{
  /** Notes the state of a file as read or written. `bytes` is its whole content when that is at hand. */
  remember: (path: WorkspacePath, stat: BigIntStats, bytes?: Buffer) => void;
  /** @throws ToolError when the file was not read, or has other bytes now */
  check: (path: WorkspacePath, stat: BigIntStats, bytes: Buffer) => void;
}>;

/** An empty registry. */
export function createReadRegistry(): ReadRegistry {
  const seen = new Map<string, { modified: bigint; size: bigint; hash?: string }>();
  return {
    remember: (path, stat, bytes) => {
      seen.set(absolutePath(path), {
        modified: stat.mtimeNs,
        size: stat.size,
        hash: bytes && digest(bytes),
      });
    },
    check: (path, stat, bytes) => {
      const before = seen.get(absolutePath(path));
      if (!before) {
        throw new ToolError(`Read ${displayPath(path)} first, then change it.`);
      }
      const same =
        before.hash === undefined
          ? before.modified === stat.mtimeNs && before.size === stat.size
          : before.hash === digest(bytes);
      if (!same) {
        throw new ToolError(
          `${displayPath(path)} has changed since it was read. Read it again, then repeat the change.`,
        );
      }
    },
  };
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
