import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Actor, RepositoryRef } from '../request.ts';
import { answeredStatus } from './known-message.ts';
import type { Github } from './octokit.ts';

/** What an account may do in a repository, highest first. */
export const PermissionLevel = z.enum(['admin', 'maintain', 'write', 'triage', 'read', 'none']);
export type PermissionLevel = z.infer<typeof PermissionLevel>;

const Answer = z.object({
  permission: PermissionLevel,
  role_name: z.string().optional(),
  user: z.object({ id: z.number().int() }).nullish(),
});

type Asked = Readonly<{ repository: Pick<RepositoryRef, 'owner' | 'name'>; user: Actor }>;

/**
 * Asks GitHub, now, what the account may do in the repository. A custom role counts as the level it is built on.
 * Throws `UserError` when the login belongs to another account by now, and what Octokit throws otherwise; a
 * caller that gets an error has no permission.
 */
export async function requesterPermission(github: Github, asked: Asked): Promise<PermissionLevel> {
  const answer = await ask(github, asked);
  if (answer.user?.id !== asked.user.id) throw unconfirmed(asked.user.login);
  const role = PermissionLevel.safeParse(answer.role_name);
  return role.success ? role.data : answer.permission;
}

/** True when the level allows pushing to the repository. */
export function mayWrite(level: PermissionLevel): boolean {
  return level === 'admin' || level === 'maintain' || level === 'write';
}

async function ask(github: Github, asked: Asked): Promise<z.infer<typeof Answer>> {
  try {
    const { data } = await github.rest.repos.getCollaboratorPermissionLevel({
      owner: asked.repository.owner,
      repo: asked.repository.name,
      username: asked.user.login,
    });
    return Answer.parse(data);
  } catch (error) {
    // Also what GitHub answers when no person has this login any more.
    if (answeredStatus(error) === 404) throw unconfirmed(asked.user.login, error);
    throw error;
  }
}

function unconfirmed(login: string, cause?: unknown): UserError {
  return new UserError(
    'permission_lost',
    `GitHub could not confirm that ${login} is the account that asked.`,
    { cause },
  );
}
