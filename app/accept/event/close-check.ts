import { UserError } from '../../../core/errors.ts';
import { completeRun } from '../../../core/github/completed-run.ts';
import { checksOfSuite } from '../../../core/github/failed-checks.ts';
import type { OpenCheck, OpenCheckStore } from '../../../core/store/open-checks.ts';
import { appFailure } from '../../installations.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import type { CheckPlace } from './check-event.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'log'> & Readonly<{ openChecks: OpenCheckStore }>;

/** The check of an event, as it has to be completed again. */
export function openCheckOf(
  { installation, repository }: CheckPlace,
  check: OpenCheck['check'],
): OpenCheck {
  const { id, name, owner } = repository;
  return {
    type: 'open_check',
    installation_id: installation.id,
    repository: { id, owner: owner.login, name },
    check,
  };
}

/**
 * Completes a check that was asked for again: GitHub has put its suite back to queued and waits for the App. It says what
 * it said before; what the request leads to has a run of its own. What GitHub refuses for good is left. Throws
 * TransientError, and the sweep then does it.
 */
export async function closeCheck(deps: Deps, open: OpenCheck): Promise<void> {
  await closeNoted(deps, await deps.openChecks.note(open));
}

async function closeNoted(deps: Deps, noted: OpenCheck): Promise<void> {
  try {
    await complete(deps, noted);
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'A check cannot be closed again');
  }
  await deps.openChecks.done(noted);
}

async function complete(
  { installations }: Deps,
  { installation_id, repository, check }: OpenCheck,
): Promise<void> {
  const place = { owner: repository.owner, repo: repository.name };
  const github = await installations.client(installation_id);
  const runs =
    check.type === 'run'
      ? [check]
      : await checksOfSuite(github, { ...place, check_suite_id: check.id });
  for (const run of runs)
    await completeRun(github, place, { check_run_id: run.id, conclusion: conclusionOf(run) });
}

/** Checks that one sweep completes; the rest waits for the next one. */
const perSweep = 10;

/** What is older is not tried any more: GitHub itself ends what nobody completes, in 14 days. */
const givenUpAfterMs = 24 * 3_600_000;

/**
 * Completes what was asked for again a while ago and is open still. One that fails is tried again some minutes later, for
 * a day, and does not keep the others waiting. Stops after the one in hand when the signal says so.
 */
export async function closeOpenChecks(
  deps: Deps & Readonly<{ now: () => number }>,
  signal?: AbortSignal,
): Promise<void> {
  for (const open of await deps.openChecks.due(perSweep)) {
    const { id, type } = open.check;
    if (deps.now() - (open.noted_at ?? deps.now()) > givenUpAfterMs) {
      deps.log.error({ check: id, type }, 'A check is left open');
      await deps.openChecks.done(open);
      continue;
    }
    try {
      const taken = await deps.openChecks.takeUp(open);
      if (taken) await closeNoted(deps, taken);
    } catch (error) {
      deps.log.warn({ err: error, check: id, type }, 'A check could not be closed yet');
    }
    if (signal?.aborted) return;
  }
}

const conclusions = ['success', 'failure', 'cancelled', 'timed_out', 'skipped'] as const;

/** What our own run said before: a run asked for again is not judged anew. */
function conclusionOf({ conclusion }: Readonly<{ conclusion?: string | null | undefined }>) {
  return conclusions.find((known) => known === conclusion) ?? 'neutral';
}
