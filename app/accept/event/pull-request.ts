import { z } from 'zod';
import { ignore, type ReadEvent, type Screened } from '../order.ts';
import { CheckPlace } from './check-event.ts';

/** What we read of GitHub's `pull_request` event. */
export const PullRequestEvent = CheckPlace.extend({
  pull_request: z.object({ number: z.number().int(), head: z.object({ sha: z.string() }) }),
});
export type PullRequestEvent = z.infer<typeof PullRequestEvent>;

/** The actions that give a pull request a head which may want buttons. */
const actions = ['opened', 'synchronize', 'reopened'];

/** Reads GitHub's `pull_request`: each new head may get a check run with buttons. */
export const readPullRequest: ReadEvent = async ({ policy }, payload) =>
  screenPullRequest(PullRequestEvent.parse(payload), policy.accounts);

/** Tells whether an event gives a pull request a new head, and which. Pure. */
export function screenPullRequest(
  event: PullRequestEvent,
  accounts: readonly number[] | undefined,
): Screened {
  const { action, repository, installation, pull_request } = event;
  if (!actions.includes(action)) return ignore(`pull request ${action}`);
  if (accounts && !accounts.includes(repository.owner.id)) return ignore('account not served');
  return {
    type: 'prompts_check',
    wanted: {
      repository_id: repository.id,
      installation_id: installation.id,
      head_sha: pull_request.head.sha,
      pull_request: pull_request.number,
    },
  };
}
