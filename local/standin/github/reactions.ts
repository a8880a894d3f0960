import { z } from 'zod';

import type { Reaction } from './issue.ts';
import { listAnswer } from './paging.ts';
import { reactionPayload } from './payload-issue.ts';
import { requireActor } from './principal.ts';
import { type Answer, numberParam, readBody, type RepositoryCall } from './route.ts';
import { notFound } from './github-error.ts';

const Body = z.object({ content: z.string() });

/** Adds the caller's reaction: 201 when it is new, 200 with the old one when it was there. */
export function react(call: RepositoryCall, reactions: Reaction[]): Answer {
  const { world } = call.hub;
  const { content } = readBody(call, Body);
  const userId = requireActor(world, call.principal).id;
  const old = reactions.find((one) => one.userId === userId && one.content === content);
  if (old) return { status: 200, body: reactionPayload(world, old) };
  const reaction = { id: world.nextId(), userId, content, createdAt: world.now() };
  reactions.push(reaction);
  return { status: 201, body: reactionPayload(world, reaction) };
}

/** Lists reactions, filtered by `content` where the query asks. */
export function listReactions(
  call: RepositoryCall,
  reactions: readonly Reaction[],
): Promise<Answer> {
  const content = call.query.get('content');
  const shown = reactions.filter((one) => content === null || one.content === content);
  return listAnswer(call, shown, (reaction) => reactionPayload(call.hub.world, reaction));
}

/** Removes a reaction of the caller's own. */
export function unreact(call: RepositoryCall, reactions: Reaction[]): Answer {
  const userId = requireActor(call.hub.world, call.principal).id;
  const id = numberParam(call, 'reaction_id');
  const index = reactions.findIndex((one) => one.id === id && one.userId === userId);
  if (index < 0) throw notFound();
  reactions.splice(index, 1);
  return { status: 204 };
}
