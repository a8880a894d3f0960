import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { invalidRequest } from './api-error.ts';
import type { Segment } from './render-prompt.ts';

/** Signs thinking blocks and refuses those that stand in another conversation. */
export type ThinkingSigner = Readonly<{
  /** Returns the signature of `thinking`, which comes right after `preceding`. */
  sign: (thinking: string, preceding: readonly Segment[]) => string;
  /** Throws a 400 for the first thinking block whose text, prefix or predecessor has changed. */
  check: (prompt: readonly Segment[]) => void;
}>;

/**
 * Binds a thinking block to the exact bytes before it, as preserved thinking does on the 5.5 models. Other thinking
 * blocks are left out of those bytes and chained instead: thinking may be dropped from the start of a
 * conversation, but not from its middle (platform documentation, "preserved thinking").
 */
export function createThinkingSigner(key: string): ThinkingSigner {
  const mac = (parts: readonly string[]) =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64');

  const sign = (thinking: string, preceding: readonly Segment[]) => {
    const previous = lastSignature(preceding);
    return [
      mac(['prefix', thinking, prefixHash(preceding)]),
      mac(['chain', thinking, previous]),
    ].join('.');
  };

  const check = (prompt: readonly Segment[]) => {
    let isFirst = true;
    for (const [position, { message }] of prompt.entries()) {
      if (message?.block.type !== 'thinking') continue;
      const [prefix, chain] = message.block.signature.split('.');
      const [expectedPrefix, expectedChain] = sign(
        message.block.thinking,
        prompt.slice(0, position),
      ).split('.');
      const holds = same(prefix, expectedPrefix) && (isFirst || same(chain, expectedChain));
      if (!holds) throw otherConversation(message.index);
      isFirst = false;
    }
  };

  return { sign, check };
}

function otherConversation(index: number): Error {
  return invalidRequest(
    `messages.${index}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation`,
  );
}

function prefixHash(segments: readonly Segment[]): string {
  const hash = createHash('sha256');
  for (const { bytes, message } of segments) {
    if (message?.block.type !== 'thinking') hash.update(bytes).update('\0');
  }
  return hash.digest('base64');
}

function lastSignature(segments: readonly Segment[]): string {
  const last = segments.findLast(({ message }) => message?.block.type === 'thinking');
  return last?.message?.block.type === 'thinking' ? last.message.block.signature : '';
}

function same(left: string | undefined, right: string | undefined): boolean {
  const [a, b] = [Buffer.from(left ?? ''), Buffer.from(right ?? '')];
  return a.length === b.length && timingSafeEqual(a, b);
}
