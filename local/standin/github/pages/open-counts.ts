import type { Repository } from '../world.ts';

/** How many issues and pull requests of a repository are open. */
export function openCounts(repository: Repository): { issues: number; pulls: number } {
  const open = [...repository.issues.values()].filter((issue) => issue.state === 'open');
  const pulls = open.filter((issue) => issue.pull !== null).length;
  return { issues: open.length - pulls, pulls };
}
