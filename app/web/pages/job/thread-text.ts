import { renderThread } from '../../../../core/render/thread-markdown.ts';
import { findSeenJob } from '../../api/see-request.ts';
import { withoutPrompt } from '../../api/thread-document.ts';
import { notFound } from '../../problem.ts';
import type { PageDeps } from '../page-deps.ts';
import type { Download, Visit } from '../visit.ts';

/** The stored thread of a job as a Markdown file. */
export async function threadText(deps: PageDeps, visit: Visit): Promise<Download> {
  const { job, source } = await findSeenJob(deps, visit.viewer, visit.param('id'));
  const thread = await deps.readThread(job);
  if (!thread) throw notFound();
  return {
    name: `thread-${job.id}.md`,
    type: 'text/markdown; charset=utf-8',
    text: renderThread(source ? thread : withoutPrompt(thread), deps.modelNote),
  };
}
