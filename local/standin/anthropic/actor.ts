import type { ToolDefinition, WireMessage } from './message-request.ts';

/** What an actor sees: only what is on the wire. */
export type Conversation = Readonly<{
  model: string;
  system: string;
  tools: readonly ToolDefinition[];
  messages: readonly WireMessage[];
  /** The schema that the answer must satisfy, when the request asks for structured output. */
  outputSchema: Readonly<Record<string, unknown>> | null;
}>;

/** One tool call of a turn. An id is given only by tests that need a certain one. */
export type ActorToolUse = Readonly<{
  name: string;
  input: Readonly<Record<string, unknown>>;
  id?: string;
}>;

/** What an actor answers. Without tool uses the turn ends with `end_turn`. */
export type ActorTurn = Readonly<{
  thinking?: string;
  text?: string;
  toolUses?: readonly ActorToolUse[];
}>;

/** Decides the next turn. Contract: pure, so that a request that is sent again gets the same answer. */
export type Actor = (conversation: Conversation) => ActorTurn;
