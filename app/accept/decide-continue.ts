import type { Pointer } from '../../core/pointer.ts';
import {
  type Decision,
  decide,
  headProblems,
  type PromptFacts,
  type PullRequestFacts,
  withIteration,
} from './decide.ts';

/** Where a job starts that takes up an earlier one. */
export type Start = Readonly<{
  /** The id of the job whose work it goes on with; undefined when it starts over. */
  continues?: string;
  /** The pull request that the work goes on in, or against. */
  pull_request?: PullRequestFacts;
  /** The work tree that the job left, when it is on no branch. */
  snapshot?: Pointer;
  /** The commit to start from; undefined means the present head of the base branch. */
  at?: PullRequestFacts['head'];
}>;

/** What the decision about a continuation stands on: the facts of its prompt, and one start for each target. */
export type ContinueFacts = PromptFacts & Readonly<{ starts: readonly Start[] }>;

/** Decides about a continuation as about a new prompt, with the places where its jobs start. Pure. */
export function decideContinue(facts: ContinueFacts): Decision {
  const decision = decide(facts);
  const problems = facts.starts.flatMap(({ pull_request: pull }, index) => {
    const target = facts.targets[index];
    return pull && target?.found ? headProblems(pull, target) : [];
  });
  if (decision.type === 'refuse')
    return { type: 'refuse', problems: [...decision.problems, ...problems] };
  if (problems.length > 0) return { type: 'refuse', problems };
  const { plan } = decision;
  const targets = plan.targets.map((target, index) => {
    const start = facts.starts[index];
    if (!start) return target;
    const { pull_request, snapshot, continues } = start;
    const found = facts.targets.slice(index, index + 1);
    const at = withIteration({ pull_request, targets: found }, target);
    return {
      ...at,
      ...(continues === undefined ? {} : { continues }),
      ...(snapshot ? { snapshot } : {}),
    };
  });
  return { type: 'admit', plan: { ...plan, targets } };
}
