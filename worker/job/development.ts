import type { JobSettings } from '../../core/repo-config/settings.ts';
import type { Request } from '../../core/request.ts';
import type { Lease } from '../lease.ts';
import type { Commits } from '../workspace/commit.ts';
import type { Folders } from './folders.ts';
import type { Reached } from './stages.ts';
import type { Stopwatch } from './stopwatch.ts';
import type { ThreadRecorder } from './thread-recorder.ts';

/** One attempt's work on its job: the hold on it, its places, and what is known of its request. */
export type Development = Readonly<{
  lease: Lease;
  folders: Folders;
  /** The commits that were fetched, each listed once. */
  commits: Commits;
  request: Request;
  settings: JobSettings;
  prompt: string;
  thread: ThreadRecorder;
  watch: Stopwatch;
  reached: Reached;
}>;
