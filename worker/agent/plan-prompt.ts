import type { Submission } from '../../core/job.ts';
import { element } from './element.ts';

/** The task of a run that only plans. */
export function planTask(prompt: string): string {
  return `${prompt}

Do not carry this out now: only plan it. Look around with read, grep and glob; every other tool answers that this is a plan. Then call submit with the plan. Title: what the change will do. Summary: the steps in order, what to change in which files and why, the tests to add or adjust, and how to verify it. Under changes name each file that the change will touch, with what changes in it. Put open questions under not_done, and what may go wrong under risks. Leave verification empty. People read the plan and approve it as it stands.`;
}

/** The answer to a call that would change something, or might. */
export const describeInstead =
  'This is a plan; describe the change instead. Nothing was run or changed. Use read, grep and glob to look around, and put the plan into submit.';

/** The task of a run that carries out a plan; the plan itself stands in `approvedPlanElement`. */
export function approvedTask(prompt: string): string {
  return `${prompt}

This was planned before, and the plan for this repository stands in the element approved_plan below. A person who may write in this repository has read and approved it: carry out exactly that plan, on the commit that it was made for. An agent wrote it from reading alone, so it may be wrong in places. Deviate only where the task can't be done otherwise, as little as possible, and say in the summary of submit where and why.`;
}

/** The plan that was approved, for the first message. */
export function approvedPlanElement(plan: Submission): string {
  const text = [
    `Title: ${plan.title}`,
    '',
    plan.summary,
    ...list('Files', plan.changes),
    ...list('Open questions', plan.not_done),
    ...list('Risks', plan.risks),
  ].join('\n');
  return element('approved_plan', text);
}

function list(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', `${title}:`, ...items.map((item) => `- ${item}`)];
}
