import type { Actor } from '../../../core/request.ts';

/** Who calls: a person in a browser, or a program with a machine token of that person. */
export type Viewer = Readonly<{
  user: Actor;
  via: 'session' | 'token';
  /** Names the session or token without being one; for limits. */
  key: string;
  /** The numeric ids that a machine token is bound to; undefined means no bound. */
  repositories: ReadonlySet<number> | undefined;
}>;
