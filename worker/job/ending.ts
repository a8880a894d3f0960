import type { Cause } from '../../core/cause.ts';
import { Stopped } from '../../core/errors.ts';
import type { Submission } from '../../core/job.ts';
import type { AgentOutcome } from '../agent/agent.ts';

/** What is known when the agent and the verification are done. */
export type EndingFacts = Readonly<{
  /** Set when the agent did not come to its own end. */
  stopped?: Cause;
  submission?: Submission;
  changedFiles: number;
  openPullRequest: boolean;
  /** True when the work stands on the head of a fork, and nobody asked to open a pull request with it. */
  keptFromFork?: boolean;
}>;

/** What follows: a publication (as a draft when a limit stopped the run), or the end. */
export type Ending =
  | Readonly<{ type: 'publish'; draft: boolean; cause: Cause }>
  | Readonly<{ type: 'end'; state: 'answered' | 'patch' | 'failed'; cause: Cause }>;

/** Decides how a job goes on after its agent. Pure. */
export function decideEnding(facts: EndingFacts): Ending {
  const { stopped, changedFiles } = facts;
  if (changedFiles === 0) {
    return stopped
      ? { type: 'end', state: 'failed', cause: stopped }
      : { type: 'end', state: 'answered', cause: answered };
  }
  if (!facts.openPullRequest) {
    return { type: 'end', state: 'patch', cause: stopped ?? noPullRequest };
  }
  if (facts.keptFromFork) return { type: 'end', state: 'patch', cause: stopped ?? ofFork };
  return { type: 'publish', draft: stopped !== undefined, cause: stopped ?? completed };
}

/**
 * The cause of a cancel that came before anything was published, or undefined. Throws the signal's reason for a
 * shutdown and a lost lease: what was cut off then has no result, and the next attempt does it again.
 */
export function cancelAfterAgent(signal: AbortSignal): Cause | undefined {
  const reason: unknown = signal.reason;
  if (reason instanceof Stopped && reason.reason === 'cancelled')
    return { code: reason.code, sentence: reason.message };
  signal.throwIfAborted();
  return undefined;
}

/** A limit that made the agent submit counts as a stop: what it handed in may be unfinished. */
export function stoppedCause(outcome: AgentOutcome): Cause | undefined {
  return outcome.type === 'stopped' ? outcome.cause : outcome.forced;
}

/** What is known when the agent of a run that only plans is done. */
export type PlanEndingFacts = Readonly<{
  outcome: Pick<AgentOutcome, 'type'> &
    Readonly<{ submission?: Submission; forced?: Cause; cause?: Cause }>;
  cancelled: Cause | undefined;
  requestId: string;
}>;

export type PlanEnding = Readonly<{ state: 'planned' | 'cancelled' | 'failed'; cause: Cause }>;

/** Decides how a job ends that only plans. Pure. */
export function decidePlanEnding({ outcome, cancelled, requestId }: PlanEndingFacts): PlanEnding {
  const stopped = cancelled ?? outcome.forced ?? outcome.cause;
  if (stopped?.code === 'cancelled_by_user')
    return { state: 'cancelled', cause: { ...stopped, next: planAgain } };
  if (outcome.type === 'stopped' || !outcome.submission)
    return { state: 'failed', cause: planFailed(stopped ?? noPlan) };
  const approve = `\`/cody approve ${requestId}\``;
  if (!stopped) {
    const sentence = 'Nothing was changed; the plan is in the closing comment.';
    const next = `Comment ${approve} to have it carried out.`;
    return { state: 'planned', cause: { code: 'planned', sentence, next } };
  }
  const sentence = `${stopped.sentence} The plan may be unfinished.`;
  const next = `Read it with care before ${approve}, or plan again with a larger \`--budget\` or a smaller task.`;
  return { state: 'planned', cause: { code: stopped.code, sentence, next } };
}

const planAgain = 'Comment `/cody retry` to plan again.';

/** A plan that was broken off has nothing to go on from. */
function planFailed(cause: Cause): Cause {
  return cause.next?.includes('/cody continue') ? { ...cause, next: planAgain } : cause;
}

const noPlan: Cause = {
  code: 'stuck',
  sentence: 'The agent ended without a plan.',
  next: planAgain,
};

const answered: Cause = {
  code: 'answered',
  sentence: 'Nothing was changed; the answer is in the closing comment.',
};

const noPullRequest: Cause = {
  code: 'no_pull_request_asked',
  sentence: 'The patch is kept and no pull request was opened, as `--no-pr` asks.',
};

const ofFork: Cause = {
  code: 'pull_request_of_fork',
  sentence: 'The pull request comes from a fork, which Cody never pushes to. The patch is kept.',
  next: "To open a pull request against the base branch, write the prompt again with `--draft` or `--ready`. That puts the fork's commits on a branch of this repository, where its workflows run with its secrets: review them first.",
};

const completed: Cause = { code: 'completed', sentence: 'The work is ready for review.' };
