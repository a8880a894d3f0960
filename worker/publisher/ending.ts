import type { Cause } from '../../core/cause.ts';
import type { PublishResult } from './protocol.ts';

const completed: Cause = { code: 'completed', sentence: 'The work is ready for review.' };

/** What the agent's run came to, for a job whose change is published. */
export function runCause({ outcome }: Readonly<{ outcome?: Cause | undefined }>): Cause {
  return outcome ?? completed;
}

/** How the job ends with what was published: its state, and what else is written to it. Throws when nothing was. */
export function publishedEnd(result: PublishResult, cause: Cause) {
  const check = result.check_run ? { check_run: result.check_run } : {};
  switch (result.type) {
    case 'pull_request': {
      const { pull_request, branch, commit_sha } = result;
      return { state: 'pull_request' as const, cause, pull_request, branch, commit_sha, ...check };
    }
    case 'patch':
      return { state: 'patch' as const, cause: result.cause, ...check };
    case 'answered':
      throw new Error('A job without changes came to be published');
  }
}
