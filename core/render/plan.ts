import type { Job } from '../job.ts';
import { plannedJobs, type PlanRecord } from '../plan-record.ts';
import type { Request } from '../request.ts';
import { moment } from './duration.ts';
import { repositoryName } from './job-words.ts';
import { blocks, codeFence, codeSpan } from './markdown.ts';
import type { LinkHosts } from './link-hosts.ts';
import { modelLine, modelText } from './model-text.ts';
import { money } from './money.ts';
import { truncate } from './truncate.ts';

type PlanPlace = Readonly<{
  /** UTF-8 bytes that the plan may take. */
  room: number;
  /** Where the rest is, as Markdown; undefined when there is no such place. */
  rest?: string | undefined;
  /** What the plan may link to. */
  hosts?: LinkHosts;
}>;

/** Returns a job's plan as Markdown: what is to be done, the files, open questions and risks, each within its share. */
export function planSection(job: Job, { room, rest, hosts }: PlanPlace): string {
  const plan = job.submission;
  if (!plan) return '';
  const tail = `_This part is cut here.${rest === undefined ? '' : ` The rest is in the ${rest}.`}_`;
  const part = (text: string, share: number) =>
    truncate(text, { maxBytes: Math.max(600, Math.floor(room * share)), tail });
  const listed = (title: string, items: readonly string[]) =>
    items.length === 0
      ? undefined
      : part(`${title}:\n\n${items.map((item) => `- ${modelLine(item, hosts)}`).join('\n')}`, 0.15);
  return blocks([
    part(`#### ${modelLine(plan.title.slice(0, 300), hosts)}`, 0.05),
    part(modelText(plan.summary, hosts), 0.5),
    listed('Files', plan.changes),
    listed('Open questions', plan.not_done),
    listed('Risks', plan.risks),
  ]);
}

/** Returns what carrying out a plan may cost, and how to approve it. */
export function approvalSection(
  { id }: Pick<Request, 'id'>,
  jobs: readonly Job[],
  record: PlanRecord,
): string {
  const several = plannedJobs(jobs).length > 1;
  return blocks([
    estimate(plannedJobs(jobs)),
    'To have it carried out, comment:',
    codeFence(`/cody approve ${id}`),
    `That runs exactly this plan, ${codeSpan(record.sha256.slice(0, 12))}, on the ${several ? 'commits' : 'commit'} that it was made for. It can be approved once, until ${moment(record.expires_at)}, by anyone who may write here${several ? ' and in each of the repositories' : ''}. What counts is the plan as it is stored: an edit of this comment changes nothing.`,
  ]);
}

/** What is known, and no more: nobody can tell from a plan what its tests will show. */
function estimate(planned: readonly Job[]): string {
  const spent = planned.reduce((sum, job) => sum + job.cost_micro_usd, 0);
  const cap = planned.reduce((sum, job) => sum + job.budget_micro_usd, 0);
  const changes = planned.reduce((sum, job) => sum + (job.submission?.changes.length ?? 0), 0);
  const size = `${changes} ${changes === 1 ? 'change' : 'changes'} in ${planned.length} ${planned.length === 1 ? 'repository' : 'repositories'}`;
  return `**Estimate**: ${size}. Making the plan cost ${money(spent)}. Carrying it out reads the code again, edits and tests: expect more than that, and at most ${money(cap)}, where the budget stops it.`;
}

/** Returns the heading of a job's plan: the repository and the commit that the plan is for. */
export function planHeading(job: Job): string {
  return `Plan for ${codeSpan(repositoryName(job))} at ${codeSpan(`${job.base_branch}@${job.base_sha.slice(0, 7)}`)}`;
}
