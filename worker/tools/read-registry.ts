import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { ToolError } from './tool-error.ts';
import type { SeenFile } from './tool-result.ts';
import { absolutePath, displayPath, type WorkspacePath } from './workspace-path.ts';

/** What the model has seen of files, so that it never overwrites what it has not. Lives as long as the executor. */
export type ReadRegistry = Readonly<{
  /**
   * Notes the state of a file as read or written. `bytes` is its whole content when that is at hand; then the note
   * comes back in a form that a later executor can be given.
   */
  remember: (path: WorkspacePath, stat: BigIntStats, bytes?: Buffer) => SeenFile | undefined;
  /** True when the file was read or written before, whatever became of it. */
  knows: (path: WorkspacePath) => boolean;
  /** Takes the note of an earlier executor: the file counts as read as long as it has those bytes. */
  restore: (file: SeenFile) => void;
  /** @throws ToolError when the file was not read, or has other bytes now */
  check: (path: WorkspacePath, stat: BigIntStats, bytes: Buffer) => void;
}>;

/** An empty registry. */
export function createReadRegistry(): ReadRegistry {
  const seen = new Map<string, { modified?: bigint; size?: bigint; hash?: string }>();
  return {
    remember: (path, stat, bytes) => {
      const name = absolutePath(path);
      const hash = bytes && digest(bytes);
      seen.set(name, { modified: stat.mtimeNs, size: stat.size, hash });
      // A name that no message may carry is read once more after a restart.
      return hash === undefined || name.length > 8192 ? undefined : { path: name, sha256: hash };
    },
    knows: (path) => seen.has(absolutePath(path)),
    restore: ({ path, sha256 }) => {
      seen.set(path, { hash: sha256 });
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
