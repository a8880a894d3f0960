import type { Order } from '../../../app/accept/order.ts';
import { requestId, sha256 } from '../../../core/ids.ts';
import { installationOf } from './setting.ts';

type Ordering = Readonly<{ n: number; pick: number; repositories: readonly number[]; at: number }>;

/** The nth command of a world: one of two people asks for something in these repositories. */
export function orderOf({ n, pick, repositories, at }: Ordering): Order {
  const key = `comment:${n}`;
  const [first = 1] = repositories;
  const repository = { id: first, owner: 'acme', name: `repository-${first}`, private: true };
  const user = 70 + (pick % 2);
  return {
    key,
    request_id: requestId(key),
    payload_sha256: sha256(key),
    source: {
      type: 'issue_comment',
      installation_id: installationOf(first),
      repository,
      url: `https://github.example/${n}`,
      issue_number: n,
      comment_id: n,
    },
    requester: { id: user, login: `user-${user}` },
    written_at: at,
    parsed: {
      type: 'command',
      command: {
        type: 'prompt',
        prompt: 'Fix the sum',
        repositories: repositories.map((id) => ({ owner: 'acme', name: `repository-${id}` })),
        open_pull_request: true,
      },
    },
    context: {},
  } as unknown as Order;
}
