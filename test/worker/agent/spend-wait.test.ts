import { expect, it } from 'vitest';
import type { CallFailed } from '../../../core/journal.ts';
import { AgentLimits } from '../../../worker/agent/limits.ts';
import { retryOf } from '../../../worker/agent/retry.ts';

const limits = AgentLimits.parse({
  budget_micro_usd: 1,
  retry: { budget_ms: 1_000, base_ms: 1, max_ms: 1 },
});
const refused = { error: 'spend_limit', at: 500, detail: '' } as CallFailed;

it.each([
  ['goes on after the attempt that met the spend limit', 501, 'go'],
  ['gives up in the attempt that meets it', 500, 'give_up'],
] as const)('%s', (...[, began, expected]) => {
  expect(retryOf([refused], { now: 600, random: 0, limits, began }).type).toBe(expected);
});
