import type { GithubApp } from '../../core/github/app-client.ts';
import type { AcceptDeps } from '../accept/accept-deps.ts';

/** What schedules need beside what accepting a comment does. */
export type ScheduleDeps = AcceptDeps &
  Readonly<{
    app: Pick<GithubApp, 'installations'>;
    /** Where people read GitHub, without a slash at the end. */
    serverUrl: string;
  }>;
