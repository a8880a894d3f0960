import { createHash, randomBytes } from 'node:crypto';
import type { Actor, ActorTurn, Conversation } from './actor.ts';
import { invalidRequest } from './api-error.ts';
import { checkMessages } from './check-messages.ts';
import { checkMaxTokens, checkParameters, requireModel } from './check-parameters.ts';
import {
  type FaultKind,
  type Faults,
  type FaultTarget,
  isReplyFault,
  isStreamFault,
  needsToolUse,
  type StreamFault,
} from './faults.ts';
import { type MessageBody, usageOf } from './message-body.ts';
import {
  type CountRequest,
  type MessageRequest,
  parseCountRequest,
  parseMessageRequest,
} from './message-request.ts';
import type { Model } from './models.ts';
import { createPromptCache, placeBreakpoints } from './prompt-cache.ts';
import { messageSegment, promptTokens, renderPrompt, type Segment } from './render-prompt.ts';
import { composeReply, onWire, type Reply } from './reply.ts';
import { createThinkingSigner } from './thinking-signature.ts';

/** An accepted request: what to send, how, and `begin`, to be called when the first byte goes out. */
export type MessageAnswer = Readonly<{
  message: MessageBody;
  isStream: boolean;
  streamFault: StreamFault | null;
  begin: () => void;
}>;

export type MessagesApi = Readonly<{
  /** Throws an `ApiError` for what the API would not accept. */
  create: (body: unknown, target: FaultTarget) => MessageAnswer;
  /** Returns the body of `POST /v1/messages/count_tokens`. Throws an `ApiError`. */
  countTokens: (body: unknown) => { input_tokens: number };
}>;

type Options = Readonly<{
  actor: Actor;
  now: () => number;
  faults: Faults;
  /** Context window in tokens in place of the model's own. */
  maxInputTokens: number | null;
}>;

/** Returns the API without its transport. It remembers the prompt cache and which turns it paused. */
export function createMessagesApi(options: Options): MessagesApi {
  const cache = createPromptCache({ now: options.now });
  const signer = createThinkingSigner('scripted model');
  const paused = new Set<string>();
  const accept = (request: CountRequest, model: Model) => {
    checkParameters(request, model);
    const rendered = renderPrompt(request);
    checkMessages(request.messages, paused.has(hashOf(rendered)));
    const prompt = placeBreakpoints(rendered, request.cache_control ?? null);
    signer.check(prompt);
    const tokens = promptTokens(prompt);
    if (tokens > model.maxInputTokens) {
      throw invalidRequest(
        `prompt is too long: ${tokens} tokens > ${model.maxInputTokens} maximum`,
      );
    }
    return prompt;
  };
  const modelOf = (id: string) => {
    const model = requireModel(id);
    return { ...model, maxInputTokens: options.maxInputTokens ?? model.maxInputTokens };
  };

  return {
    countTokens: (body) => {
      const request = parseCountRequest(body);
      return { input_tokens: promptTokens(accept(request, modelOf(request.model))) };
    },
    create: (body, target) => {
      const request = parseMessageRequest(body);
      const model = modelOf(request.model);
      checkMaxTokens(request, model);
      const prompt = accept(request, model);
      const turn = request.max_tokens === 0 ? {} : options.actor(conversationOf(request));
      const reply = composeReply({
        turn,
        request,
        model,
        prompt,
        signer,
        fault: takeFault(options.faults, { target, turn, fits: isReplyFault }),
        newToolUseId: () => scriptedId('toolu'),
      });
      if (reply.stopReason === 'pause_turn') paused.add(hashOf(withReply(prompt, request, reply)));
      const { commit, ...use } = cache.plan(model, prompt);
      return {
        message: { id: scriptedId('msg'), model: request.model, reply, usage: usageOf(use, reply) },
        isStream: request.stream ?? false,
        streamFault: takeFault(options.faults, { target, turn, fits: isStreamFault }),
        begin: commit,
      };
    },
  };
}

// Random, not counted: ids stay unique in a conversation that outlives a restart of the stand-in.
function scriptedId(prefix: string): string {
  return `${prefix}_scripted_${randomBytes(10).toString('hex')}`;
}

type Take<Kind extends FaultKind> = Readonly<{
  target: FaultTarget;
  turn: ActorTurn;
  fits: (fault: FaultKind) => fault is Kind;
}>;

function takeFault<Kind extends FaultKind>(
  faults: Faults,
  { target, turn, fits }: Take<Kind>,
): Kind | null {
  const usesTools = (turn.toolUses ?? []).length > 0;
  return faults.take(
    target,
    (fault): fault is Kind => fits(fault) && (usesTools || !needsToolUse(fault)),
  );
}

function conversationOf(request: MessageRequest): Conversation {
  return {
    model: request.model,
    system: (request.system ?? []).map(({ text }) => text).join('\n'),
    tools: request.tools ?? [],
    messages: request.messages,
    outputSchema: request.output_config?.format?.schema ?? null,
  };
}

function withReply(
  prompt: readonly Segment[],
  request: MessageRequest,
  reply: Reply,
): readonly Segment[] {
  const index = request.messages.length;
  const blocks = reply.blocks.map((block) =>
    messageSegment('assistant', { index, block: onWire(block) }),
  );
  return [...prompt, ...blocks];
}

function hashOf(prompt: readonly Segment[]): string {
  const hash = createHash('sha256');
  for (const { bytes } of prompt) hash.update(bytes).update('\0');
  return hash.digest('base64');
}
