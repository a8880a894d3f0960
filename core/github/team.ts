import { z } from 'zod';
import { answeredStatus } from './known-message.ts';
import type { Github } from './octokit.ts';

const Membership = z.object({ state: z.string() });

type Asked = Readonly<{ organization: string; slug: string; login: string }>;

/**
 * True when the account is an active member of the team or of one below it. An invitation that nobody accepted counts
 * for nothing. Needs members (read). Throws what Octokit throws, but for a team or member that does not exist.
 */
export async function isTeamMember(github: Github, asked: Asked): Promise<boolean> {
  try {
    const { data } = await github.rest.teams.getMembershipForUserInOrg({
      org: asked.organization,
      team_slug: asked.slug,
      username: asked.login,
    });
    return Membership.parse(data).state === 'active';
  } catch (error) {
    if (answeredStatus(error) === 404) return false;
    throw error;
  }
}
