import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Content } from './case.ts';

const CHUNK = 1024 * 1024;

/** Writes generated content to a file piece by piece, so that 100 MB need no memory. */
export function writeContent(path: string, content: Content): void {
  const descriptor = openSync(path, 'w');
  try {
    for (const piece of pieces(content)) writeSync(descriptor, piece);
    if (typeof content === 'object' && 'size' in content && content.size !== undefined) {
      ftruncateSync(descriptor, content.size);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The whole content as bytes; for content of a size that fits in memory. */
export function contentBytes(content: Content): Buffer {
  const bytes = Buffer.concat([...pieces(content)]);
  const size = typeof content === 'object' && 'size' in content ? content.size : undefined;
  if (size === undefined) return bytes;
  const sized = Buffer.alloc(size);
  bytes.copy(sized);
  return sized;
}

/**
 * A value of a call's input in which every object `{"repeat", "times"}` is replaced by the string that it describes, so
 * that long inputs need not be written out.
 */
export function expandInput(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expandInput);
  if (typeof value !== 'object' || value === null) return value;
  if ('repeat' in value && 'times' in value) {
    return repeatText(String(value.repeat), Number(value.times));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandInput(item)]));
}

function repeatText(text: string, times: number): string {
  return Buffer.concat([...pieces({ repeat: text, times })]).toString('utf8');
}

function* pieces(content: Content): Generator<Buffer> {
  if (typeof content === 'string') yield Buffer.from(content, 'utf8');
  else if ('base64' in content) yield Buffer.from(content.base64, 'base64');
  else if ('parts' in content) for (const part of content.parts) yield* pieces(part);
  else yield* repeated(content.repeat, content.times);
}

/** `{n}` is the number of the repetition, from 1. */
function* repeated(text: string, times: number): Generator<Buffer> {
  if (!text.includes('{n}')) {
    const perChunk = Math.max(1, Math.floor(CHUNK / Buffer.byteLength(text)));
    const chunk = Buffer.from(text.repeat(Math.min(perChunk, times)), 'utf8');
    const unit = Buffer.byteLength(text);
    for (let done = 0; done < times; done += perChunk) {
      yield chunk.subarray(0, unit * Math.min(perChunk, times - done));
    }
    return;
  }
  let held = '';
  for (let number = 1; number <= times; number += 1) {
    held += text.replaceAll('{n}', String(number));
    if (held.length < CHUNK) continue;
    yield Buffer.from(held, 'utf8');
    held = '';
  }
  yield Buffer.from(held, 'utf8');
}
