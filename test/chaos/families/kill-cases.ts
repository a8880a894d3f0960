import { setTimeout as sleep } from 'node:timers/promises';
import { type Boundary, isAt } from '../boundary.ts';
import { type Call, describeCall, type Interposer, pass, type Verdict } from '../call.ts';
import { type Case, NotReached } from '../family.ts';
import type { Violation } from '../invariants.ts';
import { play } from '../play.ts';
import type { Scenario } from '../scenarios.ts';
import type { Stack } from '../stack.ts';

/** When the process ends, and who goes on afterwards. */
export type KillAt = Readonly<{
  moment: 'before' | 'after' | 'answered';
  /** `goes_on`: only the connection is cut there. */
  who: 'taken_over' | 'goes_on';
}>;

/** kill -9 of the process that makes the call, or a cut connection for one that goes on. */
export function killCase(scenario: Scenario, step: Boundary, { moment, who }: KillAt): Case {
  const verdict: Verdict =
    who === 'goes_on'
      ? { type: 'cut', after: moment === 'after' }
      : { type: moment, act: killCaller };
  const id = `kill/${scenario.name}/${describeCall(step)}/${moment}/${who}`;
  // Every fifth is not told that the task ended: its lease has to run out.
  const taskEvents = who === 'goes_on' || hash(id) % 5 > 0;
  return {
    id,
    run: async (stack) => {
      const strike = once(step, verdict);
      const { violations } = await play(stack, scenario, {
        interposer: strike.interposer,
        taskEvents,
      });
      return strike.hit() ? violations : unreached(step, violations);
    },
  };
}

/** A second worker that ends as well, at another step. */
export function pairCase(scenario: Scenario, first: Boundary, second: Boundary): Case {
  return {
    id: `kill/${scenario.name}/pair/${describeCall(first)}/${describeCall(second)}`,
    run: async (stack) => {
      const strike = once(first, { type: 'after', act: killCaller });
      // How often the second attempt makes a call depends on how far the first one came.
      let again = false;
      const interposer: Interposer = (call) => {
        const verdict = strike.interposer(call);
        const same = call.name === second.name && call.service === second.service;
        if (call.from !== 'worker' || call.attempt !== 2 || again || !same) return verdict;
        again = true;
        return { type: 'after', act: killCaller };
      };
      const { violations } = await play(stack, scenario, { interposer });
      if (!strike.hit()) return unreached(first, violations);
      return again ? violations : unreached(second, violations);
    },
  };
}

function killCaller({ caller }: Call): void {
  caller.signal('SIGKILL');
}

/** Every attempt ends at its first call after the claim: the job has to end as failed, visibly. */
export function thriceCase(scenario: Scenario): Case {
  const failing = { ...scenario, ends: [['failed']] };
  return {
    id: `kill/${scenario.name}/every attempt`,
    run: async (stack) => (await play(stack, failing, { interposer: killAtRead })).violations,
  };
}

function killAtRead({ from, service, name }: Call): Verdict {
  return from === 'worker' && service === 'broker' && name === 'POST read'
    ? { type: 'before', act: killCaller }
    : pass;
}

/**
 * A worker that stops for longer than its lease lasts, and goes on when another attempt has the job: with its call on
 * the way, which is either the check of the fence or what the check allowed.
 */
export function returnCase(
  scenario: Scenario,
  step: Boundary,
  place: 'before the check' | 'after the check',
): Case {
  return {
    id: `kill/${scenario.name}/returns/${place}/${describeCall(step)}`,
    run: async (stack) => {
      let taken = false;
      const strike = once(step, {
        type: 'before',
        act: async ({ caller, jobId, attempt }) => {
          caller.signal('SIGSTOP');
          taken = await takenOver(stack, jobId, attempt);
          caller.signal('SIGCONT');
          return 'go_on' as const;
        },
      });
      const interposer: Interposer = (call) =>
        // Whoever stops a task does so in vain here: a container that hangs may take its time.
        call.service === 'ecs' && call.name === 'StopTask' ? stopped : strike.interposer(call);
      const { violations } = await play(stack, scenario, { interposer, timeoutMs: 90_000 });
      if (!strike.hit()) return unreached(step, violations);
      if (!taken) throw new Error('No other attempt took over');
      return violations;
    },
  };
}

/** The answer to a StopTask that does nothing. */
export const stopped: Verdict = {
  type: 'reply',
  answer: {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'content-length': '2' },
    body: Buffer.from('{}'),
  },
};

/** Resolves when a later attempt has claimed the job; false when none does. */
export async function takenOver(
  stack: Stack,
  jobId: string | undefined,
  attempt: number,
): Promise<boolean> {
  const end = Date.now() + 45_000;
  while (Date.now() < end) {
    const claimed = stack.gate
      .calls()
      .some(
        (call) =>
          call.from === 'worker' &&
          call.jobId === jobId &&
          call.attempt > attempt &&
          call.status === 200 &&
          call.name.startsWith('write update job{state='),
      );
    if (claimed) return true;
    await sleep(50);
  }
  return false;
}

/** From SIGTERM to the end of the process. */
const exitWithinMs = 20_000;

/** A worker that is told to stop: it flushes, gives the job back, and exits in time. */
export function terminateCase(scenario: Scenario, step: Boundary): Case {
  return {
    id: `kill/${scenario.name}/terminate/${describeCall(step)}`,
    run: async (stack) => {
      const told: { at?: number; call?: Call } = {};
      const strike = once(step, {
        type: 'before',
        act: (call) => {
          call.caller.signal('SIGTERM');
          told.at = Date.now();
          told.call = call;
          return 'go_on';
        },
      });
      const { violations, calls } = await play(stack, scenario, { interposer: strike.interposer });
      const { at, call } = told;
      if (at === undefined || !call?.jobId) return unreached(step, violations);
      const gone = stack.workers.endedAt(call.jobId, call.attempt) ?? Number.POSITIVE_INFINITY;
      const released = calls.some(
        (other) =>
          other.jobId === call.jobId &&
          other.attempt === call.attempt &&
          other.status === 200 &&
          /update job\{state=(queued|pull_request|patch|answered)\}/.test(other.name),
      );
      return [
        ...violations,
        ...(gone - at > exitWithinMs ? [stopViolation(`it ended after ${gone - at} ms`)] : []),
        ...(released ? [] : [stopViolation('it did not give the job back')]),
      ];
    },
  };
}

function stopViolation(text: string): Violation {
  return { invariant: 4, text: `a worker was told to stop, and ${text}` };
}

type Strike = Readonly<{ interposer: (call: Call) => Verdict; hit: () => boolean }>;

/** A verdict for one call; all others pass. */
function once(step: Boundary, verdict: Verdict): Strike {
  let hit = false;
  return {
    interposer: (call) => {
      if (hit || !isAt(step, call)) return pass;
      hit = true;
      return verdict;
    },
    hit: () => hit,
  };
}

/** What is wrong counts, even where the call was not made because of it. */
export function unreached(step: Boundary, violations: readonly Violation[]): readonly Violation[] {
  if (violations.length === 0) throw new NotReached(describeCall(step));
  return violations;
}

function hash(text: string): number {
  let value = 7;
  for (const char of text) value = (value * 31 + char.charCodeAt(0)) % 1_000_003;
  return value;
}
