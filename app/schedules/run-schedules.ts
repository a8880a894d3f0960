import { runBook } from './run-book.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { beginRounds, searchPage } from './search-round.ts';

/** What an installation starts by itself in one tick; what comes at the same minute waits for the next ones. */
const startsPerTick = 5;

/** What one tick looks at; the oldest come first and the rest stays due. */
const maxBooks = 100;
const maxReads = 40;
const maxRounds = 3;

const installationsEveryMs = 10 * 60_000;
const againMs = 60_000;

/**
 * One tick of everything that runs by itself: starts what is due, and looks for new schedules. What fails is logged and
 * due again a minute later, so that the rest goes on. Safe to run twice at once. Stops after what it has in hand when the
 * signal says so. Throws TransientError when the table is out.
 */
export async function runSchedules(deps: ScheduleDeps, signal?: AbortSignal): Promise<void> {
  await runDueBooks(deps, signal);
  if (signal?.aborted) return;
  if (await deps.schedules.claimRounds(installationsEveryMs)) await attempt(deps, beginRounds);
  for (const round of await deps.schedules.dueRounds(maxRounds)) {
    const done = await attempt(deps, () => searchPage(deps, round));
    if (!done) await deps.schedules.saveRound({ ...round, due_at: deps.now() + againMs });
    if (signal?.aborted) return;
  }
}

async function runDueBooks(deps: ScheduleDeps, signal?: AbortSignal): Promise<void> {
  const started = new Map<number, number>();
  let reads = 0;
  for (const book of await deps.schedules.dueBooks(maxBooks)) {
    const before = started.get(book.installation_id) ?? 0;
    const room = startsPerTick - before;
    if (room > 0 && (reads += 1) > maxReads) return;
    const done = await attempt(deps, async () => {
      const count = await runBook(deps, book, room);
      started.set(book.installation_id, before + count);
    });
    if (!done) await deps.schedules.saveBook({ ...book, due_at: deps.now() + againMs });
    if (signal?.aborted) return;
  }
}

/** False when it failed. */
async function attempt(
  deps: ScheduleDeps,
  step: (deps: ScheduleDeps) => Promise<void>,
): Promise<boolean> {
  try {
    await step(deps);
    return true;
  } catch (error) {
    deps.log.error({ err: error }, 'A schedule could not be looked at');
    return false;
  }
}
