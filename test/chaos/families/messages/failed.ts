import { setTimeout as sleep } from 'node:timers/promises';
import { pass, type Verdict } from '../../call.ts';
import type { Case } from '../../family.ts';
import { jsonAnswer } from '../../faults/answers.ts';
import type { Violation } from '../../invariants.ts';
import { play } from '../../play.ts';
import { scenarios } from '../../scenarios.ts';
import type { Stack } from '../../stack.ts';

const { edit } = scenarios;

/** A handler that fails is called again with the same message. */
export const handledAgain: Case = {
  id: 'messages/handled_again/issue_comment',
  run: async (stack) => {
    let looks = 0;
    let lost = false;
    const interposer = ({ from, service, name }: Looked): Verdict => {
      if (from !== 'app' || service !== 'dynamodb' || name !== 'GetItem cmd') return pass;
      looks += 1;
      return looks === 1 ? { type: 'reply', answer: denied } : pass;
    };
    const during = async () => {
      lost = !(await comesAgain(stack, () => looks));
      if (lost) throw new Error('The command never comes again');
    };
    try {
      return (await play(stack, edit, { interposer, during })).violations;
    } catch (error) {
      if (lost) return [acknowledged];
      throw error;
    }
  },
};

type Looked = Readonly<{ from: string; service: string; name: string }>;

const acknowledged: Violation = {
  invariant: 1,
  text: 'a command whose handler failed is in no queue any more, and nobody took it',
};

/** For so long no queue may be without the message before it counts as lost. */
const goneForMs = 1_500;

/** Whether the command is looked for a second time. False when it is gone from the queue before. */
async function comesAgain({ queues }: Stack, looks: () => number): Promise<boolean> {
  const end = Date.now() + 120_000;
  let there = Date.now();
  while (Date.now() < end) {
    if (looks() > 1) return true;
    if (looks() === 0 || (await queues.ingest.depth()) > 0) there = Date.now();
    if (Date.now() - there > goneForMs) return false;
    await sleep(50);
  }
  throw new Error(
    looks() === 0 ? 'No command was looked for' : 'The command was held for too long',
  );
}

const denied = jsonAnswer(
  400,
  { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'Not authorized' },
  { 'content-type': 'application/x-amz-json-1.0' },
);
