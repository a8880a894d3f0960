import { isTerminal, terminalStates } from '../../../core/job-state.ts';
import type { CallFacts, Facts } from '../facts.ts';
import type { Violation } from '../invariants.ts';

/** Invariant 6: what is recorded is what was spent, within one call, and no cap is passed by more than one. */
export function judgeMoney(facts: Facts): readonly Violation[] {
  const jobs = facts.requests.flatMap((request) => request.jobs);
  if (!jobs.every(({ state }) => isTerminal(state))) return [];
  const spent = sum(facts.model.costs) - facts.model.unsent;
  const largest = Math.max(0, ...facts.model.costs);
  const recorded = sum(jobs.map(({ cost_micro_usd }) => cost_micro_usd));
  // Nobody knows what a call used whose worker ended: all that was reserved for it is booked, once.
  const lost = facts.requests.flatMap((request) => request.lost);
  // What a call used that broke off is rather counted too high.
  const broken = sum(facts.requests.map((request) => request.broken));
  const ended = workersCutShort(facts.calls);
  const disturbed = facts.calls.some(({ verdict }) => verdict !== 'pass');
  const room = disturbed ? largest : 0;
  const texts = [
    ...(recorded < spent - room
      ? [`${recorded} is recorded of ${spent} spent (one call: ${largest})`]
      : []),
    ...(recorded - sum(lost) - broken > spent + room
      ? [`${recorded} is recorded, ${sum(lost)} of it for lost calls, and only ${spent} spent`]
      : []),
    ...(lost.length > ended
      ? [`${lost.length} calls are booked as lost, and ${ended} workers ended before their time`]
      : []),
    ...jobs.flatMap(({ id, cost_micro_usd: cost, budget_micro_usd: budget }) =>
      cost > budget + largest ? [`job ${id} spent ${cost} of ${budget}`] : [],
    ),
    ...(facts.committed.user === recorded
      ? []
      : [`the user's day holds ${facts.committed.user}, ${recorded} was spent`]),
    ...(facts.committed.installation === recorded
      ? []
      : [`the installation's month holds ${facts.committed.installation}, ${recorded} was spent`]),
    ...facts.slots.map(
      ({ name, holders }) => `slot ${name} is still held by ${holders.join(', ')}`,
    ),
  ];
  return texts.map((text) => ({ invariant: 6, text }));
}

/**
 * Workers that may have left a call open, which is one at the most: those that neither ended their job nor gave it back,
 * and those that were disturbed when they wrote down what the call had used.
 */
function workersCutShort(calls: readonly CallFacts[]): number {
  const workers = Map.groupBy(
    calls.filter(({ from, jobId }) => from === 'worker' && jobId !== undefined && jobId !== ''),
    ({ jobId, attempt }) => `${jobId}#${attempt}`,
  );
  return [...workers.values()].filter(
    (theirs) => !theirs.some(isLeft) || theirs.some(({ verdict }) => verdict !== 'pass'),
  ).length;
}

function isLeft({ service, status, name }: CallFacts): boolean {
  return service === 'dynamodb' && status === 200 && left.test(name);
}

const left = new RegExp(`update job\\{state=(${['queued', ...terminalStates].join('|')})\\}`);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
