import type { CauseCode } from '../../core/cause.ts';
import { TransientError, UserError } from '../../core/errors.ts';
import { GitError } from './git.ts';

/** git tells these cases apart by words only. The only place that knows its wording (LC_ALL=C). */
const wording: readonly (readonly [RegExp, CauseCode, string])[] = [
  [
    /No space left on device|Disk quota exceeded/,
    'disk_full',
    'The worker ran out of disk space while it wrote the repository.',
  ],
  [
    /not our ref|couldn't find remote ref|did not send all necessary objects/,
    'base_branch_missing',
    'The commit to start from is not in the repository any more.',
  ],
  [/returned error: 403/, 'github_forbidden', 'GitHub did not let the App read the repository.'],
  [
    /repository .* not found|returned error: 404|does not appear to be a git repository/i,
    'repository_gone',
    'The repository is gone, or the App may not see it.',
  ],
  [
    /exceeded maximum allowed tree depth/,
    'too_large',
    'The repository is too large to work on: its folders are nested too deeply.',
  ],
  [
    /fsck error|invalid path|bad tree object|unable to create file .*File name too long/,
    'github_rejected',
    'The repository holds objects or paths that git refuses to check out.',
  ],
];

/** A new token reaches all of GitHub's servers only after some seconds; until then they do not know it. */
const unknownToken = /Authentication failed|could not read Username|returned error: 401/;

/** Whether a fetch failed because the server does not know its token. */
export function isUnknownToken(error: unknown): boolean {
  return error instanceof GitError && !error.timedOut && unknownToken.test(error.stderr);
}

/** What git and curl say when the server or the way to it is out. */
const outages: readonly RegExp[] = [
  /could not resolve|failed to connect|couldn't connect|connection (was )?(refused|reset|closed)/i,
  /timed? ?out|too slow|(recv|send) failure|empty reply|(gnutls|ssl)[ _](recv|read|connect)/i,
  /early EOF|hung up unexpectedly|unexpected disconnect|RPC failed|transfer closed|HTTP\/0\.9/i,
  /returned error: (429|5\d\d)/,
  // The answer was cut or is no answer of git's.
  /invalid index-pack output|bad pack header|bad line length|expected flush|bytes missing/i,
];

/**
 * Translates an error of a fetch: `UserError` for what git names, `too_large` when time ran out, `TransientError` for
 * everything else that git reports. Only what sounds like an outage counts as one, because a job waits for a day then;
 * what nobody knows uses up attempts. What is no `GitError` comes back as it is.
 */
export function fetchFailure(error: unknown): unknown {
  const out = error instanceof GitError && outages.some((words) => words.test(error.stderr));
  const sentence = 'The repository could not be fetched.';
  return gitFailure(error, { code: out ? 'github_unavailable' : 'internal_error', sentence });
}

/** The same for a checkout of what was fetched: GitHub has no part in it, so that nobody waits for GitHub. */
export function checkoutFailure(error: unknown): unknown {
  const sentence = 'The files of the repository could not be written.';
  return gitFailure(error, { code: 'internal_error', sentence });
}

type Unnamed = Readonly<{ code: CauseCode; sentence: string }>;

function gitFailure(error: unknown, unnamed: Unnamed): unknown {
  if (!(error instanceof GitError)) return error;
  if (error.timedOut)
    return new UserError('too_large', 'Fetching the repository took longer than it may.', {
      cause: error,
    });
  if (error.truncated)
    return new UserError('too_large', 'The repository holds more files than git can list here.', {
      cause: error,
    });
  const known = wording.find(([pattern]) => pattern.test(error.stderr));
  if (known) return new UserError(known[1], known[2], { cause: error });
  if (isUnknownToken(error))
    return new TransientError(
      'github_forbidden',
      'GitHub did not accept the token for the repository.',
      { cause: error },
    );
  return new TransientError(unnamed.code, unnamed.sentence, { cause: error });
}
