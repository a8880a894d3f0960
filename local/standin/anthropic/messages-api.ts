import { createHash, randomBytes } from 'node:crypto';
import type { Actor, ActorTurn, Conversation } from './actor.ts';
import { invalidRequest } from './api-error.ts';
import { createCacheDiagnosis } from './cache-diagnosis.ts';
import { checkCompaction } from './check-compaction.ts';
import { checkMessages } from './check-messages.ts';
import { checkMaxTokens, checkParameters, requireModel } from './check-parameters.ts';
import {
  type FaultKind,
  type Faults,
  type FaultTarget,
  isReplyFault,
  isStreamFault,
  needsToolUse,
  type ReplyFault,
  type StreamFault,
} from './faults.ts';
import { type MessageBody, summaryUsageOf, usageOf } from './message-body.ts';
import {
  type CountRequest,
  type MessageRequest,
  parseCountRequest,
  parseMessageRequest,
} from './message-request.ts';
import type { Model } from './models.ts';
import { createPromptCache, placeBreakpoints } from './prompt-cache.ts';
import { messageSegment, promptTokens, renderPrompt, type Segment } from './render-prompt.ts';
import { composeReply, composeSummary, onWire, type Reply } from './reply.ts';
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
  create: (body: unknown, target: FaultTarget, betas: ReadonlySet<string>) => MessageAnswer;
  /** Returns the body of `POST /v1/messages/count_tokens`. Throws an `ApiError`. */
  countTokens: (body: unknown, betas: ReadonlySet<string>) => { input_tokens: number };
}>;

type Options = Readonly<{
  actor: Actor;
  summarize: (conversation: Conversation) => string;
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
  const diagnosis = createCacheDiagnosis();
  const accept = (request: CountRequest, model: Model, betas: ReadonlySet<string>) => {
    checkParameters(request, model);
    checkCompaction(request, { betas, model });
    const rendered = renderPrompt(request);
    // A finished turn of the assistant may end what is to be summarized.
    checkMessages(request.messages, Boolean(request.compaction) || paused.has(hashOf(rendered)));
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
    countTokens: (body, betas) => {
      const request = parseCountRequest(body);
      return { input_tokens: promptTokens(accept(request, modelOf(request.model), betas)) };
    },
    create: (body, target, betas) => {
      const request = parseMessageRequest(body);
      const model = modelOf(request.model);
      checkMaxTokens(request, model);
      const prompt = accept(request, model, betas);
      const isTurn = request.max_tokens > 0 && !request.compaction;
      const turn = isTurn ? options.actor(conversationOf(request)) : {};
      const fits = request.compaction ? isSummaryFault : isTurnFault;
      const fault = takeFault(options.faults, { target, turn, fits });
      const common = { request, prompt, signer, fault };
      const reply = request.compaction
        ? composeSummary({ ...common, summary: options.summarize(conversationOf(request)) })
        : composeReply({ ...common, turn, model, newToolUseId: () => scriptedId('toolu') });
      if (reply.stopReason === 'pause_turn') paused.add(hashOf(withReply(prompt, request, reply)));
      const { commit, ...use } = cache.plan(model, prompt);
      const usage = request.compaction
        ? summaryUsageOf(use, reply.outputTokens)
        : usageOf(use, reply);
      const id = scriptedId('msg');
      const asked = { model: request.model, prompt };
      const previous = request.diagnostics?.previous_message_id ?? null;
      const diagnostics = diagnosis.diagnose(previous, asked);
      if (request.diagnostics) diagnosis.remember(id, asked);
      return {
        message: { id, model: request.model, reply, usage, diagnostics },
        isStream: request.stream ?? false,
        streamFault: takeFault(options.faults, { target, turn, fits: isStreamFault }),
        begin: commit,
      };
    },
  };
}

function isSummaryFault(fault: FaultKind): fault is ReplyFault {
  return fault.type === 'no_summary';
}

function isTurnFault(fault: FaultKind): fault is ReplyFault {
  return isReplyFault(fault) && fault.type !== 'no_summary';
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
