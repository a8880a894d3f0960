import { findSeenJob } from '../../api/see-request.ts';
import { threadMarkdown } from '../../api/thread-document.ts';
import { notFound } from '../../problem.ts';
import type { PageDeps } from '../page-deps.ts';
import type { Download, Visit } from '../visit.ts';

/** The thread of a job as a Markdown file, as far as there is one. */
export async function threadText(deps: PageDeps, visit: Visit): Promise<Download> {
  const job = await findSeenJob(deps, visit.viewer, visit.param('id'));
  const thread = await deps.seeThread(visit.viewer, job);
  if (!thread) throw notFound();
  return {
    name: `thread-${job.id}.md`,
    type: 'text/markdown; charset=utf-8',
    text: await threadMarkdown(thread, deps.modelNote),
  };
}
