import { appBoundaries, type Boundary, isAt } from '../boundary.ts';
import { describeCall, type Interposer, pass, type Verdict } from '../call.ts';
import type { Case, FamilyContext } from '../family.ts';
import { play } from '../play.ts';
import { edit } from '../scenarios.ts';
import { unreached } from './kill-cases.ts';

/*
 * The App is killed while it settles a worker that was killed: what it calls then, it calls only then.
 */

const moments = ['before', 'after', 'answered'] as const;

/** The cases for the App's calls that no other run has shown; `known` holds those. */
export async function settleCases(
  { reference }: FamilyContext,
  known: ReadonlySet<string>,
): Promise<readonly Case[]> {
  const run = {
    name: 'with a worker that is killed',
    options: () => ({ interposer: workerEnds() }),
  };
  const { calls } = await reference(edit, run);
  const fresh = appBoundaries(calls).filter((step) => !known.has(describeCall(step)));
  return fresh.flatMap((step) =>
    moments
      .filter((moment) => step.writes || moment === 'answered')
      .map((moment) => settleCase(step, moment)),
  );
}

function settleCase(step: Boundary, moment: (typeof moments)[number]): Case {
  return {
    id: `kill/edit/settle/${describeCall(step)}/${moment}`,
    run: async (stack) => {
      const worker = workerEnds();
      let hit = false;
      const interposer: Interposer = (call) => {
        if (hit || !isAt(step, call)) return worker(call);
        hit = true;
        return { type: moment, act: ({ caller }) => caller.signal('SIGKILL') };
      };
      const { violations } = await play(stack, edit, { interposer });
      return hit ? violations : unreached(step, violations);
    },
  };
}

/** Ends the first worker when it first asks the model. */
function workerEnds(): (call: Parameters<Interposer>[0]) => Verdict {
  return ({ from, attempt, service, name, caller }) =>
    from === 'worker' && attempt === 1 && service === 'anthropic' && name.startsWith('POST')
      ? { type: 'before', act: () => caller.signal('SIGKILL') }
      : pass;
}
