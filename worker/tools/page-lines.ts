import { readSync } from 'node:fs';
import { decodeUtf8 } from './text-file.ts';

/** Which part of a file to show. Sizes in bytes, `maxLine` in characters. */
export type PageRequest = Readonly<{
  offset: number;
  limit: number;
  maxBytes: number;
  maxLine: number;
}>;

/** A page of a text file, read in constant memory. */
export type Page = Readonly<{
  lines: readonly string[];
  /** True when the file goes on after the last line shown. */
  more: boolean;
  /** Lines met so far; the whole count when `more` is false. */
  seen: number;
  clipped: boolean;
  crlf: boolean;
  /** True when a line was not UTF-8 and is shown as Latin-1. */
  latin1: boolean;
  /** True when the last line of the file is shown and has no line end. */
  unterminated: boolean;
}>;

const CHUNK = 64 * 1024;
const LINE_FEED = 10;

/** Reads lines `offset` (from 1) to `offset + limit - 1` of an open file and stops as soon as the page is full. */
export function pageLines(descriptor: number, request: PageRequest): Page {
  const page = { lines: [] as string[], clipped: false, crlf: false, latin1: false };
  let size = 0;
  let number = 0;
  let full = false;
  let dropped = false;
  const add = (line: Buffer, longer: boolean) => {
    number += 1;
    if (number < request.offset) return;
    const decoded = decodeLine(line, longer, request.maxLine);
    size += Buffer.byteLength(decoded.text) + 8;
    if (page.lines.length > 0 && size > request.maxBytes) {
      number -= 1;
      full = true;
      dropped = true;
      return;
    }
    page.lines.push(decoded.text);
    page.clipped ||= decoded.clipped;
    page.crlf ||= decoded.crlf;
    page.latin1 ||= decoded.latin1;
    full = page.lines.length >= request.limit;
  };
  const rest = eachLine(descriptor, request.maxLine * 4 + 2, (line, longer) => {
    add(line, longer);
    return !full;
  });
  const unterminated = rest.unterminated && !dropped;
  return { ...page, more: rest.more || dropped, seen: number, unterminated };
}

/** Calls `visit` for each line without its \n until it returns false. Of a long line only `keep` bytes are held. */
function eachLine(
  descriptor: number,
  keep: number,
  visit: (line: Buffer, longer: boolean) => boolean,
): { more: boolean; unterminated: boolean } {
  const chunk = Buffer.alloc(CHUNK);
  let parts: Buffer[] = [];
  let held = 0;
  let longer = false;
  let open = false;
  const hold = (bytes: Buffer) => {
    const part = bytes.subarray(0, Math.max(0, keep - held));
    longer ||= part.length < bytes.length;
    held += part.length;
    if (part.length > 0) parts.push(Buffer.from(part));
  };
  const take = () => {
    const line = Buffer.concat(parts);
    const wasLonger = longer;
    parts = [];
    held = 0;
    longer = false;
    open = false;
    return visit(line, wasLonger);
  };
  let position = 0;
  for (;;) {
    const count = readSync(descriptor, chunk, 0, CHUNK, position);
    if (count === 0) break;
    position += count;
    let start = 0;
    while (start < count) {
      const end = chunk.subarray(0, count).indexOf(LINE_FEED, start);
      hold(chunk.subarray(start, end === -1 ? count : end));
      open = end === -1;
      start = end === -1 ? count : end + 1;
      if (end !== -1 && !take()) {
        return { more: start < count || hasMore(descriptor, position), unterminated: false };
      }
    }
  }
  if (!open) return { more: false, unterminated: false };
  take();
  return { more: false, unterminated: true };
}

function hasMore(descriptor: number, position: number): boolean {
  return readSync(descriptor, Buffer.alloc(1), 0, 1, position) > 0;
}

function decodeLine(bytes: Buffer, longer: boolean, max: number) {
  const crlf = bytes.at(-1) === 13 && !longer;
  const line = crlf ? bytes.subarray(0, -1) : bytes;
  const utf8 = decodeUtf8(longer ? wholeCharacters(line) : line);
  const text = (utf8 ?? line.toString('latin1')).replace(/^\uFEFF/, '');
  const clipped = longer || text.length > max;
  return {
    text: clipped ? `${cutAt(text, max)}… [line cut]` : text,
    clipped,
    crlf,
    latin1: utf8 === undefined,
  };
}

/** Drops a code point that the cut at `keep` bytes left incomplete. */
function wholeCharacters(bytes: Buffer): Buffer {
  let end = bytes.length;
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    if (byte >= 0xc0) end = bytes.length - back;
    break;
  }
  return bytes.subarray(0, end);
}

function cutAt(text: string, max: number): string {
  const code = text.charCodeAt(max - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? max - 1 : max);
}
