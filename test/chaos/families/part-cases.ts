import { type Boundary, isAt, workerBoundaries } from '../boundary.ts';
import { type Call, type CallRecord, describeCall, type Interposer, pass } from '../call.ts';
import type { Case } from '../family.ts';
import { play } from '../play.ts';
import { answer, edit, iterate, type Scenario } from '../scenarios.ts';
import { stopped, takenOver, unreached } from './kill-cases.ts';
import type { WorkerPart } from '../worker-part.ts';

/*
 * A worker is three processes while it publishes: what ends one of them alone has to come out like the end of all.
 */

const moments = ['before', 'after', 'answered'] as const;
type Moment = (typeof moments)[number];

/** What of a scenario's publication is new; everything where it is not named. */
const chosen = new Map<Scenario, RegExp>([
  [edit, /./],
  [iterate, /^PATCH .*\/git\/refs\/heads/],
  [answer, /^POST .*\/check-runs/],
]);

/** Steps at which the supervisor ends, or the agent stops for a while. */
const supervised = /^POST .*\/git\/refs$|^POST .*\/pulls$|update job\{pull_request\}/;
const paused = /^POST .*\/git\/refs$|^POST .*\/pulls$/;

/** One process of a worker ends alone, or stops for a while, at the writes of a publication. */
export function partCases(
  scenario: Scenario,
  calls: readonly CallRecord[],
): Readonly<{ alone: readonly Case[]; returns: readonly Case[] }> {
  const steps = publication(calls).filter(({ name }) => chosen.get(scenario)?.test(name) ?? false);
  const aloneAt = (part: WorkerPart, step: Boundary, moment: Moment) =>
    partCase(scenario, step, { part, moment });
  return {
    alone: [
      ...steps.flatMap((step) =>
        moments
          // The publisher does nothing after it has revoked its token.
          .filter((moment) => moment !== 'answered' || !isRevocation(step))
          .map((moment) => aloneAt('publisher', step, moment)),
      ),
      // The publisher hears of it at once: one moment of each step is enough.
      ...steps.map((step, index) =>
        aloneAt('agent', step, isRevocation(step) ? 'before' : (moments[index % 3] ?? 'after')),
      ),
      ...steps
        .filter(({ name }) => scenario === edit && supervised.test(name))
        .map((step) => aloneAt('supervisor', step, 'after')),
    ],
    returns: steps
      .filter(({ name }) => scenario === edit && paused.test(name))
      .map((step) => agentReturnsCase(scenario, step)),
  };
}

/** The writes between the publisher's token and its end. */
function publication(calls: readonly CallRecord[]): readonly Boundary[] {
  const steps = workerBoundaries(calls).filter(({ job }) => job === 1);
  const first = steps.findIndex(({ name }) => /^POST (publish|check)$/.test(name));
  const last = steps.findLastIndex(isRevocation);
  return first < 0 ? [] : steps.slice(first, last + 1).filter(({ writes }) => writes);
}

function isRevocation({ name }: Boundary): boolean {
  return name === 'DELETE /installation/token';
}

type Alone = Readonly<{ part: WorkerPart; moment: Moment }>;

function partCase(scenario: Scenario, step: Boundary, { part, moment }: Alone): Case {
  return {
    id: `kill/${scenario.name}/${part} alone/${describeCall(step)}/${moment}`,
    run: async (stack) => {
      const found = { step: false, publisher: false };
      const act = (call: Call) => {
        found.publisher = publishing(call) && signal(call, part, 'SIGKILL');
        // The others have their calls answered.
        return found.publisher && part === callerOf(call) ? undefined : ('go_on' as const);
      };
      const interposer: Interposer = (call) => {
        if (found.step || !isAt(step, call)) return pass;
        found.step = true;
        return { type: moment, act };
      };
      const { violations } = await play(stack, scenario, { interposer });
      return found.publisher ? violations : unreached(step, violations);
    },
  };
}

/** The agent stops until another attempt has the job; its publisher goes on for as long as it need not ask. */
function agentReturnsCase(scenario: Scenario, step: Boundary): Case {
  return {
    id: `kill/${scenario.name}/returns/agent alone/${describeCall(step)}`,
    run: async (stack) => {
      let taken: Promise<boolean> | undefined;
      const wait = async (call: Call) => {
        const later = await takenOver(stack, call.jobId, call.attempt);
        signal(call, 'agent', 'SIGCONT');
        return later;
      };
      const interposer: Interposer = (call) => {
        if (call.service === 'ecs' && call.name === 'StopTask') return stopped;
        if (taken || !isAt(step, call) || !publishing(call)) return pass;
        if (signal(call, 'agent', 'SIGSTOP')) taken = wait(call);
        return pass;
      };
      const { violations } = await play(stack, scenario, { interposer, timeoutMs: 90_000 });
      if (!taken) return unreached(step, violations);
      if (!(await taken)) throw new Error('No other attempt took over');
      return violations;
    },
  };
}

/** Which process makes a call of a publication. */
function callerOf({ service }: Call): WorkerPart {
  return service === 'github' || service === 'broker' ? 'publisher' : 'agent';
}

function publishing({ caller }: Call): boolean {
  return caller.pidOf?.('publisher') !== undefined;
}

/** Whether the process was there. */
function signal({ caller }: Call, part: WorkerPart, name: NodeJS.Signals): boolean {
  const pid = caller.pidOf?.(part);
  if (pid === undefined) return false;
  try {
    process.kill(pid, name);
    return true;
  } catch {
    // It ended in this moment.
    return false;
  }
}
