import type { Context } from 'hono';
import type { Table } from '../../../core/store/table.ts';
import type { AcceptDeps } from '../../accept/accept-deps.ts';
import type { Health } from '../../health.ts';
import type { LiveAccess } from '../access/live-access.ts';
import type { ServedInstallations } from '../access/served-installations.ts';
import type { Viewer } from '../access/viewer.ts';
import type { WebEnv } from '../web-env.ts';
import type { ReadJobs } from './read-jobs.ts';
import type { ReadUsage } from './read-usage.ts';
import type { SeeThread } from './see-thread.ts';
import type { SealedCursor } from './sealed-cursor.ts';

/** What the operations of the API stand on. */
export type ApiDeps = Readonly<{
  /** What starting, stopping and going on with work needs: the same as for a comment. */
  accept: AcceptDeps;
  table: Table;
  access: LiveAccess;
  served: ServedInstallations;
  cursors: SealedCursor;
  health: () => Promise<Health>;
  /** Whether this host can hold a connection open to send events. */
  streams: boolean;
  /** Takes secrets out of what a journal holds: that is not yet fit to be read by people. */
  redact: (text: string) => string;
  /** Shown with a model that is not what its name says. */
  modelNote: string | undefined;
  now: () => number;
}>;

/** What API and pages share beside that: readers that remember, and who calls. */
export type ApiParts = ApiDeps &
  Readonly<{
    identify: (context: Context<WebEnv>) => Promise<Viewer | undefined>;
    readJobs: ReadJobs;
    seeThread: SeeThread;
    readUsage: ReadUsage;
  }>;
