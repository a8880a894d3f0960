import { crc32, inflateSync } from 'node:zlib';

/** Width and height in pixels. */
export type Size = readonly [width: number, height: number];

/*
 * Each reader returns the size of a whole image of its format and undefined for one that no decoder would take. They
 * throw a RangeError where the bytes end too early.
 */

/** Bit depths by colour type, and how many samples a pixel has (PNG specification, table 8). */
const pngColours: Readonly<
  Record<number, Readonly<{ depths: readonly number[]; samples: number }>>
> = {
  0: { depths: [1, 2, 4, 8, 16], samples: 1 },
  2: { depths: [8, 16], samples: 3 },
  3: { depths: [1, 2, 4, 8], samples: 1 },
  4: { depths: [8, 16], samples: 2 },
  6: { depths: [8, 16], samples: 4 },
};

/** Chunks of length, name, data and CRC, from IHDR to IEND (PNG specification, 5.3). */
export function pngSize(bytes: Buffer): Size | undefined {
  const data: Buffer[] = [];
  for (let at = 8; ;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(at + 4, end))) return undefined;
    if (at === 8 && name !== 'IHDR') return undefined;
    if (name === 'IDAT') data.push(bytes.subarray(at + 8, end));
    if (name === 'IEND') break;
    at = end + 4;
  }
  const size: Size = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return holdsPixels(bytes, size, Buffer.concat(data)) ? size : undefined;
}

/** No model takes a longer side, so that nobody needs to know whether the pixels are there. */
const maxSide = 8_000;
/** More than this is not unpacked to be looked at. */
const maxUnpacked = 64 * 1024 * 1024;

function holdsPixels(bytes: Buffer, [width, height]: Size, data: Buffer): boolean {
  const [depth = 0, colour = 0, , , interlaced = 0] = bytes.subarray(24, 29);
  const kind = pngColours[colour];
  if (!kind?.depths.includes(depth) || interlaced > 1) return false;
  const row = 1 + Math.ceil((width * depth * kind.samples) / 8);
  const wanted = row * height;
  if (Math.max(width, height) > maxSide || wanted > maxUnpacked) return data.length > 0;
  const pixels = inflateSync(data, { maxOutputLength: 2 * wanted + 1024 });
  if (interlaced === 1) return pixels.length > 0;
  // Each row begins with the kind of its filter.
  const filters = Array.from({ length: height }, (_, at) => pixels[at * row] ?? 5);
  return pixels.length === wanted && filters.every((filter) => filter <= 4);
}

/** A frame header (SOF0 to SOF15 without DHT, JPG and DAC), a scan with data, and an end mark (ITU-T T.81, B.1). */
export function jpegSize(bytes: Buffer): Size | undefined {
  let size: Size | undefined;
  for (let at = 2; bytes.readUInt8(at) === 0xff;) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xda) {
      const scan = at + 2 + bytes.readUInt16BE(at + 2);
      return bytes.lastIndexOf(Buffer.from([0xff, 0xd9])) > scan ? size : undefined;
    }
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) size = [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
    // A fill byte, or a segment with its length.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** The logical screen, at least one image with data, and the trailer (GIF89a, 18, 20 and 27). */
export function gifSize(bytes: Buffer): Size | undefined {
  let images = 0;
  for (let at = 13 + colourBytes(bytes.readUInt8(10)); ;) {
    const block = bytes.readUInt8(at);
    if (block === 0x3b)
      return images > 0 ? [bytes.readUInt16LE(6), bytes.readUInt16LE(8)] : undefined;
    if (block !== 0x2c && block !== 0x21) return undefined;
    // An extension has a label, an image its descriptor, its colours and the size of its codes.
    const head = block === 0x21 ? 2 : 11 + colourBytes(bytes.readUInt8(at + 9));
    if (block === 0x2c && bytes.readUInt8(at + head) > 0) images += 1;
    at = behindBlocks(bytes, at + head);
  }
}

/** How long the table of colours is that these flags announce. */
function colourBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function behindBlocks(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes.readUInt8(at) > 0) at += 1 + bytes.readUInt8(at);
  return at + 1;
}

/** One RIFF file with a lossy, lossless or extended first chunk, and image data in it (RFC 9649). */
export function webpSize(bytes: Buffer): Size | undefined {
  if (bytes.readUInt32LE(4) + 8 > bytes.length) return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      if (bytes.readUIntBE(23, 3) !== 0x9d012a) return undefined;
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
    case 'VP8L': {
      if (bytes.readUInt8(20) !== 0x2f) return undefined;
      const bits = bytes.readUInt32LE(21);
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    default:
      if (!/VP8[ L]|ANMF/.test(bytes.toString('latin1', 30))) return undefined;
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  }
}
