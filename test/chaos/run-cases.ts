import { type Case, Missed, NotReached } from './family.ts';
import type { Violation } from './invariants.ts';
import { type Stack, startStack } from './stack.ts';

/** How a case came out. `problem` says why it could not be played. */
export type CaseResult = Readonly<{
  id: string;
  /** The case that it is a part of. */
  of?: string;
  violations: readonly Violation[];
  problem?: string;
  /** The parts of it that have to be played alone. */
  missed?: readonly string[];
  /** The call that it strikes was made in none of its plays. */
  unreached?: true;
  ms: number;
}>;

type Options = Readonly<{
  /** Stacks side by side. */
  lanes: number;
  /** Cases that a stack plays before it is made anew: its ledgers and its table grow. */
  casesPerStack: number;
  done: (result: CaseResult) => void;
  /** After this time (Unix ms) no further case is begun. */
  until: number;
}>;

/**
 * Runs the cases on several stacks side by side, the long ones first, so that no lane is left alone with one. Returns the
 * results in the order in which they came.
 */
export async function runCases(
  cases: readonly Case[],
  options: Options,
): Promise<readonly CaseResult[]> {
  const waiting = cases.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
  const results: CaseResult[] = [];
  const lane = async () => {
    while (waiting.length > 0 && Date.now() < options.until)
      results.push(...(await oneStack(waiting, options)));
  };
  await Promise.all(Array.from({ length: Math.min(options.lanes, cases.length) }, lane));
  return results;
}

function isLong({ long }: Case): boolean {
  return long ?? false;
}

/** Takes the next case that a stack can play which was started for such a case. */
function takeNext(waiting: Case[], stack: string | undefined): Case | undefined {
  const index = waiting.findIndex((one) => stack === undefined || stackOf(one) === stack);
  return index < 0 ? undefined : waiting.splice(index, 1)[0];
}

function stackOf({ stack }: Case): string {
  return JSON.stringify(stack ?? {});
}

/** Plays cases on one stack until there are no more for it, or it has played its share. */
async function oneStack(waiting: Case[], options: Options): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  let stack: Stack | undefined;
  let kind: string | undefined;
  let whole: Whole | undefined;
  try {
    while (results.length < options.casesPerStack && Date.now() < options.until) {
      const next = takeNext(waiting, kind);
      if (!next) break;
      kind = stackOf(next);
      if (!next.bare) stack ??= await startStack(next.stack);
      const result = await runCase(next, stack);
      if (isBad(result) && next.parts) {
        whole = { result, parts: next.parts };
        break;
      }
      results.push(result);
      options.done(result);
      // What a case left behind must not be held against the next one.
      if (isBad(result)) break;
    }
  } finally {
    await stack?.close();
  }
  return whole ? [...results, ...(await inParts(whole, options))] : results;
}

function isBad({ violations, problem }: CaseResult): boolean {
  return violations.length > 0 || problem !== undefined;
}

type Whole = Readonly<{ result: CaseResult; parts: readonly Case[] }>;

/**
 * Plays the parts of a case that failed, or those that it has to be played without, and returns those that fail. A whole
 * that broke something fails also when each of its parts holds alone.
 */
async function inParts({ result, parts }: Whole, options: Options): Promise<readonly CaseResult[]> {
  const { missed } = result;
  const chosen = missed ? parts.filter(({ id }) => missed.includes(id)) : parts;
  const done = (part: CaseResult) => {
    if (isBad(part)) options.done(part);
  };
  const played = await runCases(chosen, { ...options, lanes: 1, done });
  const bad = played.filter(isBad);
  if (bad.length > 0) return bad.map((part) => ({ ...part, of: result.id }));
  const unplayed = chosen.length - played.length;
  if (missed && unplayed > 0) return [];
  const unreached = played.some((part) => part.unreached) ? { unreached: true as const } : {};
  const alone: CaseResult = { id: result.id, violations: [], ms: result.ms, ...unreached };
  const whole = missed ? alone : result;
  options.done(whole);
  return [whole];
}

/** Which calls the App makes is a matter of who comes first: a case is played so often until its call is made. */
const plays = 3;

async function runCase(one: Case, stack: Stack | undefined, play = 1): Promise<CaseResult> {
  const started = Date.now();
  const result = (violations: readonly Violation[], problem?: string): CaseResult => ({
    id: one.id,
    violations,
    ...(problem === undefined ? {} : { problem }),
    ms: Date.now() - started,
  });
  try {
    if (one.bare) return result(await one.bare());
    if (!stack) throw new Error('There is no stack');
    return result(await one.run(stack));
  } catch (error) {
    if (error instanceof NotReached)
      return play < plays
        ? await runCase(one, stack, play + 1)
        : { ...result([]), unreached: true };
    if (error instanceof Missed) return { ...result([], error.message), missed: error.ids };
    return result([], error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
