import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../../family.ts';
import { taken, type Trick } from '../../message-tricks.ts';
import { comment, type Place } from '../../place.ts';
import { type Scenario, scenarios } from '../../scenarios.ts';
import type { Stack } from '../../stack.ts';
import { trickCase } from './trick-case.ts';

const { edit } = scenarios;

type Asked = Scenario['ask'];

/** The first comment comes two seconds late. */
const hold: Trick = (call, post) => {
  if (!call.name.endsWith('issue_comment') || call.nth > 1) return undefined;
  post(call.request, 2_000);
  return taken(call);
};

/** People who change what they wrote before it was read. The comment's message is held back for so long. */
function person(id: string, ask: Asked): Case {
  const scenario: Scenario = { ...edit, ask, ends: [] };
  return trickCase(`people/${id}`, () => hold, { scenario });
}

/** Changes a comment as its author; without a body it is deleted. */
async function change(stack: Stack, place: Place, { id, body }: { id: number; body?: string }) {
  const { github } = stack;
  const answer = await fetch(`${github.url}/repos/${place.owner}/app-1/issues/comments/${id}`, {
    method: body === undefined ? 'DELETE' : 'PATCH',
    headers: { authorization: `Bearer ${github.userToken(place.login)}` },
    ...(body === undefined ? {} : { body: JSON.stringify({ body }) }),
  });
  if (!answer.ok) throw new Error(`The comment cannot be changed: ${await answer.text()}`);
}

export const people: readonly Case[] = [
  person('edited before it was read', async (stack, place) => {
    const id = await comment(place, '/cody script:edit Add a greeting.');
    await change(stack, place, { id, body: '/cody script:answer Or not?' });
  }),
  person('deleted before it was read', async (stack, place) => {
    const id = await comment(place, '/cody script:edit Add a greeting.');
    await change(stack, place, { id });
  }),
  person('edited into something else', async (stack, place) => {
    const id = await comment(place, '/cody script:edit Add a greeting.');
    await sleep(300);
    await change(stack, place, { id, body: 'Never mind.' });
  }),
];
