import type { Case } from '../../family.ts';
import type { CallRequest } from '../../call.ts';
import { putMessage, type Trick, underNewGuid } from '../../message-tricks.ts';
import { scenarios } from '../../scenarios.ts';
import { type Ending, trickCase } from './trick-case.ts';

const { answer } = scenarios;

const resent = (order: (sent: readonly CallRequest[]) => readonly CallRequest[]): Ending => ({
  mayMiss: true,
  afterwards: async (stack, _, tricks) => {
    for (const request of order(tricks.sent())) await putMessage(stack, request);
  },
});
const nothing: () => Trick = () => () => undefined;

/** What comes when everything is over. */
export const again: readonly Case[] = [
  trickCase(
    'after the end/all',
    nothing,
    resent((sent) => sent),
  ),
  trickCase(
    'after the end/all backwards',
    nothing,
    resent((sent) => sent.toReversed()),
  ),
  trickCase('after the end/all of an answer', nothing, {
    ...resent((sent) => sent),
    scenario: answer,
  }),
  trickCase(
    'after the end/new GUIDs',
    nothing,
    resent((sent) => sent.filter(isWebhookRequest).map(underNewGuid)),
  ),
  trickCase('after the end/GitHub delivers all again', nothing, {
    mayMiss: true,
    afterwards: async ({ github }, place) => {
      const ours = github
        .deliveries()
        .filter(({ installationId }) => installationId === place.installationId);
      for (const { id } of ours) await github.redeliver(id);
    },
  }),
];

function isWebhookRequest({ body }: CallRequest): boolean {
  return body.includes('github-event');
}
