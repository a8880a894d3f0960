import { isAsQuiet } from './as-quiet.ts';
import { openBlocks } from './open-blocks.ts';
import { keepSpansWhole, lastBlank } from './whole-spans.ts';

/** Limits of a rendered text, and what is said where it was cut. */
export type TruncateOptions = Readonly<{
  /** UTF-8 bytes. */
  maxBytes: number;
  /** UTF-16 units, which are never fewer than what GitHub counts. Default: as many as bytes. */
  maxCharacters?: number;
  /** Markdown that follows the cut: what is missing and where the rest is. */
  tail: string;
}>;

/**
 * Returns the Markdown unchanged when it fits, else its beginning and the tail. The cut falls on a
 * code point, at the end of a line where one is near; a code fence or folded block that it opens
 * is closed before the tail, and a code span or link is kept whole or not at all. What is left holds nothing for GitHub to
 * act on that the whole does not hold: where it would, the cut falls some words before, then before
 * the block. The result never passes the limits. Throws a RangeError when the tail alone does.
 */
export function truncate(text: string, options: TruncateOptions): string {
  const limits: Size = {
    bytes: options.maxBytes,
    characters: options.maxCharacters ?? options.maxBytes,
  };
  const whole = text.toWellFormed();
  if (fits(whole, limits)) return whole;
  const tail = options.tail.toWellFormed();
  if (!fits(tail, limits)) throw new RangeError('The tail is longer than the limit');

  const keepSpans = keepSpansWhole(whole);
  let room = limits;
  let cuts = 0;
  for (;;) {
    const kept = keepSpans(atLineEnd(prefix(whole, room))).trimEnd();
    if (kept === '') return tail;
    const cut = [`${kept}${openBlocks(kept)}`, tail].filter((part) => part !== '').join('\n\n');
    const over = excess(cut, limits);
    if (over.bytes <= 0 && over.characters <= 0) {
      if (isAsQuiet(kept, whole)) return cut;
      const shorter = kept.slice(0, shorterEnd(kept, cuts));
      room = { bytes: Buffer.byteLength(shorter), characters: shorter.length };
      cuts += 1;
      continue;
    }
    room = {
      bytes: Math.min(room.bytes, Buffer.byteLength(kept)) - Math.max(over.bytes, 0),
      characters: Math.min(room.characters, kept.length) - Math.max(over.characters, 0),
    };
  }
}

/** Returns the longest beginning of a text within so many UTF-8 bytes, cut on a code point. */
export function prefixOfBytes(text: string, bytes: number): string {
  return prefix(text.toWellFormed(), { bytes, characters: bytes });
}

type Size = Readonly<{ bytes: number; characters: number }>;

function excess(text: string, limits: Size): Size {
  return {
    bytes: Buffer.byteLength(text) - limits.bytes,
    characters: text.length - limits.characters,
  };
}

function fits(text: string, limits: Size): boolean {
  const over = excess(text, limits);
  return over.bytes <= 0 && over.characters <= 0;
}

function prefix(text: string, room: Size): string {
  if (room.bytes <= 0 || room.characters <= 0) return '';
  const bytes = Buffer.from(text.slice(0, room.characters + 1));
  let end = Math.min(room.bytes, bytes.length);
  // 10xxxxxx continues a code point.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const kept = bytes.toString('utf8', 0, end);
  if (kept.length <= room.characters) return kept;
  const last = kept.charCodeAt(room.characters - 1);
  return kept.slice(0, last >= 0xd800 && last <= 0xdbff ? room.characters - 1 : room.characters);
}

/** Each cut reads a stretch of the text once more. */
const wordCuts = 4;
const blockCuts = 4;

/** Where to cut a text that is louder than the whole, at the n-th time. */
function shorterEnd(kept: string, cuts: number): number {
  if (cuts >= wordCuts + blockCuts) return 0;
  if (cuts >= wordCuts) return lastBlank(kept);
  return Math.max(0, kept.lastIndexOf(' '), kept.lastIndexOf('\n'));
}

/** A line end in the last quarter is worth the loss; in one long line the cut falls inside it. */
function atLineEnd(kept: string): string {
  const end = kept.lastIndexOf('\n');
  return (end >= kept.length * 0.75 ? kept.slice(0, end) : withoutTagStart(kept)).trimEnd();
}

function withoutTagStart(kept: string): string {
  const open = kept.lastIndexOf('<');
  return open > kept.lastIndexOf('>') && kept.length - open < 100 ? kept.slice(0, open) : kept;
}
