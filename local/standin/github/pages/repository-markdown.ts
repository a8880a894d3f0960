import { atLeast, fullName, repositoryByName } from '../world.ts';
import { createMarkdown, type Markdown } from './markdown.ts';
import { type RepositoryVisit, roleOf } from './visit.ts';

/** Renderers of Markdown whose references mean this repository: one for comments, one for other texts. */
export function markdownIn(
  visit: RepositoryVisit,
): Readonly<{ comment: Markdown; text: Markdown }> {
  const { world } = visit.hub;
  const resolve = (reference: Readonly<{ repository: string | undefined; number: number }>) => {
    const [owner = '', name = ''] = reference.repository?.split('/') ?? [];
    const repository =
      reference.repository === undefined ? visit.repository : repositoryByName(world, owner, name);
    if (!repository || !atLeast(roleOf(visit, repository), 'read')) return undefined;
    const issue = repository.issues.get(reference.number);
    if (!issue) return undefined;
    return `/${fullName(world, repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;
  };
  return {
    comment: createMarkdown({ breaks: true, resolve }),
    text: createMarkdown({ breaks: false, resolve }),
  };
}
