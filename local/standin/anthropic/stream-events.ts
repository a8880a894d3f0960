import { type MessageBody, messageBody } from './message-body.ts';
import { onWire, type ReplyBlock } from './reply.ts';

/** One server-sent event: its name and its data, which repeats the name as `type`. */
export type StreamEvent = Readonly<{ type: string }> & Readonly<Record<string, unknown>>;

// Odd lengths, short ones first: clients that assume whole words, escapes or characters fail early.
const PIECE_LENGTHS = [1, 3, 7, 19, 41, 97] as const;

/** Returns the events that carry a message, in the order in which the API sends them. */
export function streamEvents(message: MessageBody): StreamEvent[] {
  const { reply, usage } = message;
  const opening = { ...usage, output_tokens: Math.min(1, usage.output_tokens) };
  const empty = { ...reply, blocks: [], stopReason: null, stopDetails: null };
  return [
    {
      type: 'message_start',
      message: {
        ...messageBody({ ...message, reply: { ...reply, blocks: [] }, usage: opening }),
        stop_reason: empty.stopReason,
        stop_details: empty.stopDetails,
      },
    },
    { type: 'ping' },
    ...reply.blocks.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: {
        container: null,
        stop_reason: reply.stopReason,
        stop_details: reply.stopDetails,
        stop_sequence: null,
      },
      usage: {
        input_tokens: usage.input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens: usage.output_tokens,
        output_tokens_details: usage.output_tokens_details,
        server_tool_use: usage.server_tool_use,
        ...(usage.iterations ? { iterations: usage.iterations } : {}),
      },
    },
    { type: 'message_stop' },
  ];
}

/** Returns the event as bytes of a `text/event-stream`. */
export function encodeEvent(event: StreamEvent): Buffer {
  return Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** Returns `text` in short pieces which end inside escapes and between surrogates where they can. */
export function splitOddly(text: string): string[] {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    const length = PIECE_LENGTHS[pieces.length % PIECE_LENGTHS.length] ?? 1;
    const end = oddEnd(text, { from: at, to: Math.min(at + length, text.length) });
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

function oddEnd(text: string, { from, to }: { from: number; to: number }): number {
  for (let end = from + 1; end < to; end += 1) {
    const code = text.charCodeAt(end - 1);
    const isHighSurrogate = code >= 0xd800 && code <= 0xdbff;
    if (text[end - 1] === '\\' || isHighSurrogate) return end;
  }
  return to;
}

function blockEvents(block: ReplyBlock, index: number): StreamEvent[] {
  return [
    { type: 'content_block_start', index, content_block: emptyBlock(block) },
    ...deltas(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function emptyBlock(block: ReplyBlock): object {
  switch (block.type) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'text':
      return { type: 'text', text: '', citations: null };
    case 'tool_use':
      return { ...onWire(block), input: {} };
    case 'compaction':
      return { ...onWire(block), content: null };
    case 'scripted_block':
      return block;
  }
}

function deltas(block: ReplyBlock): object[] {
  switch (block.type) {
    case 'thinking':
      return [
        ...splitOddly(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature },
      ];
    case 'text':
      return splitOddly(block.text).map((text) => ({ type: 'text_delta', text }));
    case 'tool_use': {
      // A call without arguments sends one empty piece.
      const pieces = block.json === '{}' ? [] : splitOddly(block.json);
      return ['', ...pieces].map((partial_json) => ({ type: 'input_json_delta', partial_json }));
    }
    case 'compaction':
      return [{ type: 'compaction_delta', content: block.content, encrypted_content: null }];
    case 'scripted_block':
      return [];
  }
}
