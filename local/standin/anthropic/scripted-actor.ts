import type { Actor, ActorTurn } from './actor.ts';

/**
 * Returns an actor that plays `turns` in order: as many assistant messages as a conversation has, so many turns were
 * played in it. After the last one it ends its turn with a text that says so.
 */
export function scriptedActor(turns: readonly ActorTurn[]): Actor {
  return ({ messages }) => {
    const played = messages.filter(({ role }) => role === 'assistant').length;
    return turns[played] ?? { text: 'The script of this scripted model has no further turn.' };
  };
}
