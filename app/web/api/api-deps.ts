import type { Table } from '../../../core/store/table.ts';
import type { AcceptDeps } from '../../accept/accept-deps.ts';
import type { Health } from '../../health.ts';
import type { LiveAccess } from '../access/live-access.ts';
import type { ServedInstallations } from '../access/served-installations.ts';
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
  /** Shown with a model that is not what its name says. */
  modelNote: string | undefined;
  now: () => number;
}>;
