import { usageOfMoneyReply } from '../prompt-replies.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Order } from './order.ts';

type Deps = Pick<AcceptDeps, 'requests' | 'policy' | 'now'>;

/** The answer to `/cody usage`: in a public place only what is the asker's own. Throws TransientError. */
export async function usage(deps: Deps, { source, requester }: Order): Promise<string> {
  const { user_day, installation_month } = deps.policy.budget;
  const committed = await deps.requests.committed({
    installation_id: source.installation_id,
    requester_id: requester.id,
    created_at: deps.now(),
  });
  const month = { committed: committed.installation, cap: installation_month };
  return usageOfMoneyReply({
    login: requester.login,
    day: { committed: committed.user, cap: user_day },
    ...(source.repository.private ? { month } : {}),
  });
}
