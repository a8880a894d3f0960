import type { Job } from '../job.ts';
import type { RepositoryRef } from '../request.ts';
import { link } from './markdown.ts';

/** A pull request of the same request in another repository. */
export type Sibling = Readonly<{ repository: RepositoryRef; number: number; url: string }>;

const open = '<!-- cody-batch:siblings -->';
const close = '<!-- /cody-batch:siblings -->';

/** The pull requests of the other jobs. In a public repository no private one is named. */
export function siblingsOf(job: Job, jobs: readonly Job[]): readonly Sibling[] {
  return jobs.flatMap((other) => {
    const pull = other.pull_request;
    const hidden = other.repository.private && !job.repository.private;
    if (other.id === job.id || !pull || hidden) return [];
    return [{ repository: other.repository, number: pull.number, url: pull.url }];
  });
}

/** Returns the part of a pull request's body that lists siblings, between marks that people do not see. */
export function siblingsRegion(siblings: readonly Sibling[]): string {
  const lines = siblings.map(
    ({ repository, number, url }) =>
      `- ${link(`${repository.owner}/${repository.name}#${number}`, url)}`,
  );
  const section =
    lines.length === 0 ? '' : `\n### Same request, other repositories\n\n${lines.join('\n')}\n`;
  return `${open}${section}${close}`;
}

/** Returns the body with its list of siblings replaced; as it is when a person has removed the marks. */
export function withSiblings(body: string, siblings: readonly Sibling[]): string {
  // The last ones are ours: a model may quote the marks further up.
  const from = body.lastIndexOf(open);
  const to = body.indexOf(close, from);
  if (from < 0 || to < 0) return body;
  return body.slice(0, from) + siblingsRegion(siblings) + body.slice(to + close.length);
}
