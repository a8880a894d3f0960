import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError, invalidRequest } from './api-error.ts';
import type { Segment } from './render-prompt.ts';

/** Signs thinking and compaction blocks and refuses those that stand in another conversation. */
export type ThinkingSigner = Readonly<{
  /** Returns the signature of `thinking`, which comes right after `preceding`. */
  sign: (thinking: string, preceding: readonly Segment[]) => string;
  /** Returns the signature of a summary of all messages in `summarized`. */
  signSummary: (content: string, summarized: readonly Segment[]) => string;
  /** Throws a 400 for the first block whose text, prefix or predecessor has changed. */
  check: (prompt: readonly Segment[]) => void;
}>;

/**
 * Binds a thinking block to the exact bytes before it, as preserved thinking does on the 5.5 models. Other thinking
 * blocks are left out of those bytes and chained instead: thinking may be dropped from the start of a
 * conversation, but not from its middle (platform documentation, "preserved thinking"). A compaction block stands
 * for exactly the messages that it summarizes, so that thinking after it stays valid as long as tools and system are
 * the same and nothing is left out or put in between (platform documentation, "Compaction and preserved thinking").
 */
export function createThinkingSigner(key: string): ThinkingSigner {
  const mac = (parts: readonly string[]) =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64');
  const signature = (thinking: string, prefix: string, previous: string) =>
    [mac(['prefix', thinking, prefix]), mac(['chain', thinking, previous])].join('.');

  const check = (prompt: readonly Segment[]) => {
    let previous: string | null = null;
    let prefix = '';
    const head = headOf(prompt);
    for (const segment of prompt) {
      const block = segment.message?.block;
      if (block?.type === 'compaction') checkSummary(block, mac);
      if (block?.type === 'thinking') {
        const [givenPrefix, givenChain] = block.signature.split('.');
        const wanted = signature(block.thinking, prefix, previous ?? '').split('.');
        const holds =
          same(givenPrefix, wanted[0]) && (previous === null || same(givenChain, wanted[1]));
        if (!holds) throw otherConversation(segment.message?.index ?? 0);
        previous = block.signature;
      }
      prefix = after(prefix, segment, head);
    }
  };

  return {
    sign: (thinking, preceding) =>
      signature(thinking, prefixOf(preceding), lastSignature(preceding)),
    signSummary: (content, summarized) => {
      const parts = [prefixOf(summarized), headOf(summarized), hashOf(content)];
      return [...parts, mac(['summary', ...parts])].join('.');
    },
    check,
  };
}

type CompactionBlock = Readonly<{ content?: string | null; signature?: string | null }>;

function checkSummary(block: CompactionBlock, mac: (parts: readonly string[]) => string): void {
  const parts = block.signature?.split('.') ?? [];
  if (parts.length !== 4 || !same(parts[3], mac(['summary', ...parts.slice(0, 3)]))) {
    throw new ApiError(400, 'The signature of the `compaction` block does not verify.', {
      errorCode: 'compaction_signature_invalid',
    });
  }
  if (hashOf(block.content ?? '') === parts[2]) return;
  throw new ApiError(400, 'The content of the `compaction` block is not what was signed.', {
    errorCode: 'compaction_content_mismatch',
  });
}

function otherConversation(index: number): Error {
  return invalidRequest(
    `messages.${index}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation`,
  );
}

function headOf(prompt: readonly Segment[]): string {
  const head = prompt.filter(({ section }) => section !== 'messages');
  return head.reduce((prefix, { bytes }) => hashOf(`${prefix}\0${bytes}`), '');
}

function prefixOf(segments: readonly Segment[]): string {
  const head = headOf(segments);
  return segments.reduce((prefix, segment) => after(prefix, segment, head), '');
}

function after(prefix: string, { bytes, message }: Segment, head: string): string {
  if (message?.block.type === 'thinking') return prefix;
  if (message?.block.type === 'compaction') {
    const [summarized, signedHead] = message.block.signature?.split('.') ?? [];
    if (summarized !== undefined && signedHead === head) return summarized;
  }
  return hashOf(`${prefix}\0${bytes}`);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function lastSignature(segments: readonly Segment[]): string {
  const last = segments.findLast(({ message }) => message?.block.type === 'thinking');
  return last?.message?.block.type === 'thinking' ? last.message.block.signature : '';
}

function same(left: string | undefined, right: string | undefined): boolean {
  const [a, b] = [Buffer.from(left ?? ''), Buffer.from(right ?? '')];
  return a.length === b.length && timingSafeEqual(a, b);
}
