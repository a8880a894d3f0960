import { pass, type Verdict } from '../../call.ts';
import type { Case } from '../../family.ts';
import { play } from '../../play.ts';
import { scenarios } from '../../scenarios.ts';

const { edit } = scenarios;

/** Handlers that take longer than a message is hidden: the same message comes to a second one meanwhile. */
export const slow: readonly Case[] = [
  'GetItem cmd',
  'GetItem report',
  'Query job',
  'GetItem prompts',
  'write put cmd:command',
  'write update report{status_at',
  'write update report{closing_comment_id',
  'write update job{state=starting}',
  'write update job{task_arn}',
].map((call) => ({
  id: `messages/visibility/${call}`.replaceAll(' ', '_'),
  run: async (stack) => {
    let hits = 0;
    const { violations } = await play(stack, edit, {
      interposer: ({ from, service, name }): Verdict => {
        if (from !== 'app' || service !== 'dynamodb' || !name.startsWith(call) || hits > 0)
          return pass;
        hits += 1;
        return { type: 'delay', ms: stack.visibilityMs + 2_000 };
      },
    });
    if (hits === 0) throw new Error(`Never called: ${call}`);
    return violations;
  },
}));
