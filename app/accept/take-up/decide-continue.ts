import type { Pointer } from '../../../core/pointer.ts';
import {
  type Decision,
  decide,
  headProblems,
  type PromptFacts,
  type PullRequestFacts,
  type TargetFacts,
  withIteration,
} from '../decide.ts';
import type { Problem } from '../problem.ts';

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
  /** The head that the work replaces, on the present base. */
  replaces?: string;
  /** The id of the job whose approved plan is carried out. */
  approved_plan?: string;
  /** The most that it may cost, micro-USD, beside what the files and the command say. */
  most?: number;
  /** Why this one cannot be taken up. */
  problem?: Problem;
}>;

/** What the decision about a continuation stands on: the facts of its prompt, and one start for each target. */
export type ContinueFacts = PromptFacts & Readonly<{ starts: readonly Start[] }>;

/** Returns why the job with this start cannot be taken up; nothing when it can. Pure. */
export function startProblems(start: Start, target: TargetFacts | undefined): readonly Problem[] {
  const { pull_request: pull, problem } = start;
  if (!target?.found) return [];
  const head = pull ? headProblems(pull, target) : [];
  return problem === undefined || head.length > 0 ? head : [problem];
}

/** Decides about a continuation as about a new prompt, with the places where its jobs start. Pure. */
export function decideContinue(facts: ContinueFacts): Decision {
  const decision = decide(facts);
  const problems = facts.starts.flatMap((start, index) =>
    startProblems(start, facts.targets[index]),
  );
  if (decision.type === 'refuse')
    return { type: 'refuse', problems: [...decision.problems, ...problems] };
  if (problems.length > 0) return { type: 'refuse', problems };
  const { plan } = decision;
  const targets = plan.targets.map((target, index) => {
    const start = facts.starts[index];
    if (!start) return target;
    const { pull_request, snapshot, continues, replaces, approved_plan, most } = start;
    const found = facts.targets.slice(index, index + 1);
    const at = withIteration({ pull_request, targets: found }, target);
    const { iteration } = at;
    return {
      ...at,
      budget: Math.min(at.budget, most ?? Infinity),
      ...(iteration && replaces ? { iteration: { ...iteration, replaces } } : {}),
      ...(continues === undefined ? {} : { continues }),
      ...(approved_plan === undefined ? {} : { approved_plan }),
      ...(snapshot ? { snapshot } : {}),
    };
  });
  return { type: 'admit', plan: { ...plan, targets } };
}
