import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** What one search may unpack: bytes in all, and of one packed part. */
const mostBytes = 64 * 1024 * 1024;
const mostOfOne = 8 * 1024 * 1024;
const mostParts = 64;
const deepest = 3;

/** Longer texts are not decoded: whoever hides a secret among so much has other ways. */
const longestText = 2 * 1024 * 1024;

/**
 * Yields the bytes and whatever is packed in them: base64, hex, lists of numbers and escapes in text, also over several
 * lines; gzip, zlib and zip; and what is packed in that. Bounded in depth and size.
 */
export function* unpack(bytes: Buffer): Generator<Buffer> {
  const room = { bytes: mostBytes };
  yield* layer(bytes, 0, room);
}

function* layer(bytes: Buffer, depth: number, room: { bytes: number }): Generator<Buffer> {
  yield bytes;
  if (depth >= deepest) return;
  for (const make of parts(bytes)) {
    if (room.bytes <= 0) return;
    const part = make();
    if (part.length < 8) continue;
    room.bytes -= part.length;
    yield* layer(part, depth + 1, room);
  }
}

type Make = () => Buffer;

function* parts(bytes: Buffer): Generator<Make> {
  yield* compressed(bytes);
  if (bytes.length > longestText) return;
  const text = bytes.toString('latin1');
  if (/%[0-9a-f]{2}|\\[xu]|&#/i.test(text)) yield () => Buffer.from(unescaped(text), 'latin1');
  if (text.includes('\0')) yield () => Buffer.from(text.replaceAll('\0', ''), 'latin1');
  for (const [list] of text.matchAll(/\d{1,3}(?:[\s,;]{1,8}\d{1,3}){15,}/g))
    yield () => Buffer.from((list.match(/\d+/g) ?? []).map(Number));
  // What stands between the parts of a text that was broken into lines or strings.
  const joined = text.replaceAll(/["'`\s,;\\]+|\+(?=["'`\s])/g, '');
  for (const [run] of joined.replaceAll(/0x|%|:/gi, '').matchAll(/[0-9a-f]{32,}/gi))
    for (const at of [0, 1]) yield () => Buffer.from(run.slice(at), 'hex');
  for (const whole of text === joined ? [text] : [text, joined])
    for (const [run] of whole.matchAll(/[A-Za-z0-9+/_-]{24,}/g))
      for (const at of [0, 1, 2, 3]) yield () => Buffer.from(run.slice(at), 'base64');
}

function unescaped(text: string): string {
  return text
    .replaceAll(/(?:%|\\x|\\u00|&#x0{0,5})([0-9a-f]{2});?/gi, (_, hex: string) =>
      character(hex, 16),
    )
    .replaceAll(/&#0{0,5}(\d{2,3});?/g, (_, code: string) => character(code, 10));
}

function character(code: string, base: number): string {
  return String.fromCharCode(Number.parseInt(code, base) & 0xff);
}

const openers: readonly (readonly [Buffer, (packed: Buffer) => Buffer])[] = [
  [Buffer.from([0x1f, 0x8b, 0x08]), (packed) => gunzipSync(packed, limits)],
  [Buffer.from([0x78, 0x01]), (packed) => inflateSync(packed, limits)],
  [Buffer.from([0x78, 0x9c]), (packed) => inflateSync(packed, limits)],
  [Buffer.from([0x78, 0xda]), (packed) => inflateSync(packed, limits)],
  [Buffer.from('PK\u0003\u0004', 'latin1'), unzipped],
];
const limits = { maxOutputLength: mostOfOne };

function* compressed(bytes: Buffer): Generator<Make> {
  for (const [magic, open] of openers) {
    let at = bytes.indexOf(magic);
    for (let seen = 0; at >= 0 && seen < mostParts; seen += 1) {
      const packed = bytes.subarray(at);
      yield () => opened(open, packed);
      at = bytes.indexOf(magic, at + 1);
    }
  }
}

function opened(open: (packed: Buffer) => Buffer, packed: Buffer): Buffer {
  try {
    return open(packed);
  } catch {
    // It only looked like it, or is larger than what is looked at.
    return Buffer.alloc(0);
  }
}

/** One file of a zip archive. Source: PKWARE's APPNOTE, local file header. */
function unzipped(packed: Buffer): Buffer {
  const body = packed.subarray(30 + packed.readUInt16LE(26) + packed.readUInt16LE(28));
  return packed.readUInt16LE(8) === 0 ? Buffer.alloc(0) : inflateRawSync(body, limits);
}
