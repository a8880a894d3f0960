import type { Request } from '../../../core/request.ts';
import { UserError } from '../../../core/errors.ts';
import { resolveRepository } from '../../../core/github/repository.ts';
import type { Problem } from '../../accept/problem.ts';
import { startRequest } from '../../accept/start-request.ts';
import { appFailure } from '../../installations.ts';
import { problemSentence } from '../../refusal-replies.ts';
import type { AccessPlace } from '../access/live-access.ts';
import type { Viewer } from '../access/viewer.ts';
import { WebProblem } from '../problem.ts';
import type { ApiDeps } from './api-deps.ts';
import { commandOf, type NewRequest } from './new-request.ts';
import { apiOrder, madeBefore, madeBy } from './order-once.ts';

type Deps = Pick<ApiDeps, 'accept' | 'access'>;

type Call = Readonly<{ viewer: Viewer; idempotencyKey: string; body: NewRequest }>;

/**
 * Starts a request as a comment would, in the name of the caller. The same call under the same key gives the same
 * request. Throws WebProblem 422 with every reason why it was not started, and TransientError.
 */
export async function createRequest(
  deps: Deps,
  { viewer, idempotencyKey, body }: Call,
): Promise<Readonly<{ request: Request; fresh: boolean }>> {
  const command = commandOf(body);
  const [first, ...others] = command.repositories;
  const place = first && (await findPlace(deps, viewer, first));
  if (!first || !place) throw refused([unknown(first)]);
  // The order is checked against all targets; a token may be bound to fewer of them than its person.
  const beyond = viewer.repositories ? await outOfReach(deps, viewer, others) : [];
  if (beyond.length > 0) throw refused(beyond);
  const order = apiOrder(deps, { viewer, idempotencyKey, place, command, payload: body });
  const before = await madeBefore(deps, order);
  if (before) return { request: before, fresh: false };
  const started = await startRequest(deps.accept, order, command);
  if (started.type === 'refused') throw refused(started.problems);
  if (started.type === 'failed') throw started.failure;
  // Another call with this key may have been quicker, with the same payload or another one.
  const request = await madeBy(deps, order);
  if (!request) throw new Error('A request was started and is not there');
  return { request, fresh: true };
}

type Named = Readonly<{ owner: string; name: string }>;

/** The repository by its name, if the viewer may know of it. */
async function findPlace(
  { accept, access }: Deps,
  viewer: Viewer,
  named: Named,
): Promise<AccessPlace | undefined> {
  try {
    const installation = await accept.installations.of(named);
    if (!installation || installation.suspended) return undefined;
    const { accounts } = accept.policy;
    if (accounts && !accounts.includes(installation.accountId ?? -1)) return undefined;
    const github = await accept.installations.client(installation.installationId);
    const resolved = await resolveRepository(github, named);
    if (!resolved) return undefined;
    const { repository } = resolved;
    const place = { installation_id: installation.installationId, repository };
    return (await access(viewer, place)) === 'none' ? undefined : place;
  } catch (error) {
    const failure = appFailure(error);
    if (failure instanceof UserError) return undefined;
    throw failure;
  }
}

async function outOfReach(
  deps: Deps,
  viewer: Viewer,
  named: readonly Named[],
): Promise<readonly Problem[]> {
  const places = await Promise.all(named.map((one) => findPlace(deps, viewer, one)));
  return named.flatMap((one, index) => (places[index] ? [] : [unknown(one)]));
}

function unknown(named: Named | undefined): Problem {
  return { type: 'unknown_target', named: named ? `${named.owner}/${named.name}` : '' };
}

function refused(problems: readonly Problem[]): WebProblem {
  return new WebProblem('refused', 'This request was not started, and nothing was spent.', {
    errors: problems.map((problem) => ({ code: problem.type, detail: problemSentence(problem) })),
  });
}
