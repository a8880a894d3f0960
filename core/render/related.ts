import type { Job } from '../job.ts';
import type { RepositoryRef } from '../request.ts';
import { link } from './markdown.ts';

/** A pull request of the same request in another repository. */
export type Sibling = Readonly<{ repository: RepositoryRef; number: number; url: string }>;

const open = '<!-- cody-batch:related -->';
const close = '<!-- /cody-batch:related -->';

/** The pull requests of the other jobs. In a public repository no private one is named. */
export function siblingsOf(job: Job, jobs: readonly Job[]): readonly Sibling[] {
  return jobs.flatMap((other) => {
    const pull = other.pull_request;
    const hidden = other.repository.private && !job.repository.private;
    if (other.id === job.id || !pull || hidden) return [];
    return [{ repository: other.repository, number: pull.number, url: pull.url }];
  });
}

/** What is known only when the other jobs and the check run are there. */
export type Related = Readonly<{
  siblings: readonly Sibling[];
  /** Address of the job's thread. */
  thread?: string | undefined;
}>;

/** Returns the part of a pull request's body that says what belongs to it, between marks that people do not see. */
export function relatedRegion({ siblings, thread }: Related): string {
  const lines = siblings.map(
    ({ repository, number, url }) =>
      `- ${link(`${repository.owner}/${repository.name}#${number}`, url)}`,
  );
  const parts = [
    ...(lines.length === 0 ? [] : [`### Same request, other repositories\n\n${lines.join('\n')}`]),
    ...(thread === undefined ? [] : [`How it came about: ${link('the message thread', thread)}.`]),
  ];
  return [open, ...parts, close].join(parts.length === 0 ? '' : '\n\n');
}

/** Returns the body with that part replaced; as it is when a person has removed the marks. */
export function withRelated(body: string, related: Related): string {
  // The last ones are ours: a model may quote the marks further up.
  const from = body.lastIndexOf(open);
  const to = body.indexOf(close, from);
  if (from < 0 || to < 0) return body;
  return body.slice(0, from) + relatedRegion(related) + body.slice(to + close.length);
}
