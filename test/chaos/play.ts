import type { CallRecord, Interposer } from './call.ts';
import { type Facts, gatherFacts } from './facts.ts';
import { judge, type Violation } from './invariants.ts';
import { openPlace, type Place, untilQuiet } from './place.ts';
import type { Scenario } from './scenarios.ts';
import { slowness } from './slowness.ts';
import type { Stack } from './stack.ts';

/** How a scenario is played. */
export type PlayOptions = Readonly<{
  interposer?: Interposer;
  /** Until everything is over. Default 60 s. */
  timeoutMs?: number;
  /** Whether the ends of tasks reach the App. Default true. */
  taskEvents?: boolean;
  /** Done after the scenario's own ask. */
  during?: (stack: Stack, place: Place) => Promise<void>;
}>;

/** What came of it. */
export type Played = Readonly<{
  place: Place;
  facts: Facts;
  calls: readonly CallRecord[];
  violations: readonly Violation[];
}>;

/** Plays a scenario at a place of its own, waits until all is over, and judges it from the outside. */
export async function play(
  stack: Stack,
  scenario: Scenario,
  options: PlayOptions = {},
): Promise<Played> {
  const place = await openPlace(stack, scenario.place);
  await scenario.before?.(stack, place);
  const { gate, events } = stack;
  gate.reset();
  gate.install(options.interposer);
  events.taskStopped = options.taskEvents ?? true;
  let open: readonly string[];
  try {
    await scenario.ask(stack, place);
    await options.during?.(stack, place);
    const timeoutMs = (options.timeoutMs ?? 60_000) * slowness();
    open = await untilQuiet(stack, place, { timeoutMs, asked: scenario.requests });
  } finally {
    gate.install(undefined);
    events.taskStopped = true;
  }
  const calls = [...gate.calls()];
  const facts = await gatherFacts(stack, { place, calls, open });
  return { place, facts, calls, violations: judge(facts, scenario) };
}
