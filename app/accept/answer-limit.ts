import { mayWrite } from '../../core/github/permission.ts';
import { sha256 } from '../../core/ids.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { permissionOf } from './gather-facts.ts';
import type { Order } from './order.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'requests' | 'now'>;

/** Answers that a person who may not write has in a public repository on one day (UTC), on as many issues. */
const most = 3;

/**
 * True when a command is to be answered by a comment. Comments come out of one budget of the whole installation, and in
 * public anybody may write commands: who may not write there is answered once a day on an issue, and on three issues a
 * day. The same command has the same answer again. Throws TransientError when GitHub or the table is out.
 */
export async function mayAnswer(deps: Deps, order: Order): Promise<boolean> {
  const { source, requester } = order;
  if (source.repository.private || !isComment(source)) return true;
  if (await writes(deps, order)) return true;
  const day = new Date(deps.now()).toISOString().slice(0, 10);
  const place = sha256(String(source.issue_number));
  for (let slot = 1; slot <= most; slot += 1) {
    const semantic_key = `answer:${source.repository.id}:${requester.id}:${day}:${slot}`;
    const answer = {
      type: 'command',
      semantic_key,
      payload_sha256: place,
      disposition: 'ignored',
      request_id: order.request_id,
    } as const;
    if (await deps.requests.remember(answer)) return true;
    const before = await deps.requests.command(semantic_key);
    if (before?.request_id === order.request_id) return true;
    if (before?.payload_sha256 === place) return false;
  }
  return false;
}

function isComment({ type }: Order['source']): boolean {
  return type === 'issue_comment' || type === 'review_comment' || type === 'review';
}

async function writes({ installations }: Deps, { source, requester }: Order): Promise<boolean> {
  try {
    const github = await installations.client(source.installation_id);
    const asked = { repository: source.repository, user: requester };
    return mayWrite(await permissionOf(github, asked));
  } catch (error) {
    throw appFailure(error);
  }
}
