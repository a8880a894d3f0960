import type { CallFacts, Facts } from '../facts.ts';
import type { Violation } from '../invariants.ts';
import { isGithubWrite } from './github-write.ts';

/**
 * Invariant 5: from the moment on at which a job was taken from an attempt, that attempt writes nothing to the table,
 * and on GitHub at most the one call whose fence check had just passed.
 */
export function judgeFence(facts: Facts): readonly Violation[] {
  const attempts = Map.groupBy(
    facts.calls.filter(({ from, jobId }) => from === 'worker' && jobId !== undefined),
    ({ jobId, attempt }) => `${jobId}#${attempt}`,
  );
  return [...attempts].flatMap(([name, theirs]) => {
    const taken = takenAt(facts.calls, theirs);
    if (taken === undefined) return [];
    const late = theirs.filter(
      ({ answeredAt, status }) => answeredAt !== undefined && answeredAt > taken && status !== 400,
    );
    const table = late.filter(isTableWrite);
    const github = late.filter(isGithubWrite);
    return [
      ...table.map((call) => violation(name, call)),
      ...github.slice(1).map((call) => violation(name, call)),
    ];
  });
}

function violation(attempt: string, { service, name }: CallFacts): Violation {
  return { invariant: 5, text: `${attempt} had lost its lease, and then: ${service} ${name}` };
}

/** What the worker writes for its job. Limits that all processes share are nobody's own. */
function isTableWrite({ service, name, status }: CallFacts): boolean {
  return (
    service === 'dynamodb' && status === 200 && name.startsWith('write') && /job|journal/.test(name)
  );
}

/** When the table took the job from an attempt: the next claim, or what somebody else moved after its claim. */
function takenAt(calls: readonly CallFacts[], theirs: readonly CallFacts[]): number | undefined {
  const [first] = theirs;
  if (!first) return undefined;
  const moves = calls.filter(
    (call) =>
      call.service === 'dynamodb' &&
      call.status === 200 &&
      call.answeredAt !== undefined &&
      /update job\{state=/.test(call.name),
  );
  const next = moves.find(
    ({ from, jobId, attempt }) =>
      from === 'worker' && jobId === first.jobId && attempt > first.attempt,
  );
  return next?.answeredAt;
}
