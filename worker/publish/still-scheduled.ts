import { readContent } from '../../core/github/content.ts';
import type { Github } from '../../core/github/octokit.ts';
import { readRepoConfig } from '../../core/repo-config/read-repo-config.ts';
import { asksForSchedule } from '../../core/repo-config/standing-schedules.ts';
import type { RepositoryRef, ScheduleSource } from '../../core/request.ts';

/**
 * Whether the repository's own file on its default branch says now that a schedule works there: it has the schedule, or
 * accepts the set. What the organization's file says is looked at by the broker, which may read it. Throws what Octokit
 * throws.
 */
export async function isStillScheduled(
  github: Github,
  work: Readonly<{ source: ScheduleSource; repository: RepositoryRef }>,
): Promise<boolean> {
  const found = await readContent(github, {
    repository: work.repository,
    path: '.github/cody.yml',
  });
  return found.type === 'file' && asksForSchedule(readRepoConfig(found.bytes).config, work);
}
