import { UserError } from '../../core/errors.ts';
import { mayWrite, requesterPermission } from '../../core/github/permission.ts';
import { resolveRepository } from '../../core/github/repository.ts';
import type { Job } from '../../core/job.ts';
import type { RepositoryRef, Request } from '../../core/request.ts';
import type { StepDeps, Target } from './step.ts';
import { isStillScheduled } from './still-scheduled.ts';

type Asked = Readonly<{
  job: Pick<Job, 'repository'>;
  request: Pick<Request, 'source' | 'requester'>;
}>;

/**
 * Returns where the repository is by now. Throws `UserError` when it is gone, archived or became public, or when whoever
 * asked may not write to it any more.
 */
export async function findTarget(
  deps: Pick<StepDeps, 'github'>,
  { job, request }: Asked,
): Promise<Target> {
  const found = await resolveRepository(deps.github, { id: job.repository.id });
  if (!found)
    throw new UserError('repository_gone', 'The repository is gone, or the App may not see it.');
  if (found.archived)
    throw new UserError('repository_archived', 'The repository is archived and takes no changes.');
  const { repository } = found;
  if (job.repository.private && !repository.private)
    throw new UserError(
      'repository_public',
      `${repository.owner}/${repository.name} became public, and the request was made in private.`,
    );
  await assertAsked(deps, request, repository);
  return { owner: repository.owner, repo: repository.name };
}

/** Whoever asked may still write there; where a schedule did, the repository's own file still says so. */
async function assertAsked(
  deps: Pick<StepDeps, 'github'>,
  { source, requester: user }: Asked['request'],
  repository: RepositoryRef,
): Promise<void> {
  const named = `${repository.owner}/${repository.name}`;
  if (source.type === 'schedule') {
    if (await isStillScheduled(deps.github, { source, repository })) return;
    throw new UserError(
      'permission_lost',
      `The schedule ${source.name} is not meant for ${named} any more: it was changed on the default branch.`,
    );
  }
  const level = await requesterPermission(deps.github, { repository, user });
  if (mayWrite(level)) return;
  throw new UserError('permission_lost', `${user.login} may not write to ${named} any more.`);
}
