import { setTimeout as sleep } from 'node:timers/promises';
import { pass } from '../../call.ts';
import type { Facts } from '../../facts.ts';
import type { Case } from '../../family.ts';
import { htmlAnswer } from '../../faults/answers.ts';
import type { Violation } from '../../invariants.ts';
import { play } from '../../play.ts';
import { type Scenario, scenarios } from '../../scenarios.ts';
import type { Stack } from '../../stack.ts';

const { edit } = scenarios;

/** What fails until it is a dead letter has to be told all the same. */
export const dead: readonly Case[] = [
  {
    id: 'messages/dead/a command that nobody could take',
    run: (stack: Stack) =>
      deadLetter(stack, {
        scenario: { ...edit, requests: 0, ends: [] },
        fails: ({ service }) => service === 'github',
        told: ({ github }) => github.comments.length > 0,
      }),
  },
  {
    id: 'messages/dead/a job that nobody could start',
    run: (stack: Stack) =>
      deadLetter(stack, {
        scenario: { ...edit, ends: [['failed', 'pull_request']] },
        fails: ({ service, name }) =>
          service === 'dynamodb' && name.startsWith('write update job{state=starting}'),
        told: () => true,
      }),
  },
].map(({ id, run }) => ({ id: id.replaceAll(' ', '_'), run }));

type Dead = Readonly<{
  scenario: Scenario;
  /** What fails until a message has become a dead letter. */
  fails: (call: { service: string; name: string }) => boolean;
  told: (facts: Facts) => boolean;
}>;

async function deadLetter(stack: Stack, plan: Dead): Promise<readonly Violation[]> {
  const { queues } = stack;
  let died = false;
  const during = async () => {
    const end = Date.now() + 90_000;
    while (!died && Date.now() < end) {
      const depths = await Promise.all([queues.ingestDead.depth(), queues.jobsDead.depth()]);
      died = depths.some((depth) => depth > 0);
      await sleep(20);
    }
  };
  const { facts, violations } = await play(stack, plan.scenario, {
    interposer: (call) =>
      call.from === 'app' && call.attempt > 0 && !died && plan.fails(call)
        ? { type: 'reply', answer: htmlAnswer(500) }
        : pass,
    during,
  });
  if (!died) throw new Error('No message became a dead letter');
  const silent: Violation = { invariant: 1, text: 'nobody was told of a dead letter' };
  return plan.told(facts) ? violations : [...violations, silent];
}
