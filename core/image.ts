import { crc32 } from 'node:zlib';

/** The media types that the model can look at. */
export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

/** A complete image; sizes in pixels. */
export type Image = Readonly<{ type: ImageType; width: number; height: number }>;

const SIGNATURES: readonly { type: ImageType; pattern: RegExp }[] = [
  { type: 'image/png', pattern: /^\x89PNG\r\n[^]\n/ },
  { type: 'image/jpeg', pattern: /^\xFF\xD8\xFF/ },
  { type: 'image/gif', pattern: /^GIF8[79]a/ },
  { type: 'image/webp', pattern: /^RIFF[^]{4}WEBPVP8[ LX]/ },
];

/** Tells an image by its first bytes (at least 16), whatever its name says. Undefined for anything else. */
export function imageType(start: Buffer): ImageType | undefined {
  const text = start.subarray(0, 16).toString('latin1');
  return SIGNATURES.find(({ pattern }) => pattern.test(text))?.type;
}

/**
 * The size of an image, or undefined when it is cut, damaged or something else. The model API refuses a request with
 * such an image, and every later one that repeats it.
 */
export function inspectImage(type: ImageType, bytes: Buffer): Image | undefined {
  try {
    const [width, height] = sizeReaders[type](bytes) ?? [0, 0];
    return width > 0 && height > 0 ? { type, width, height } : undefined;
  } catch {
    // Reading past the end: it was cut.
    return undefined;
  }
}

type Size = readonly [width: number, height: number];

const sizeReaders: Readonly<Record<ImageType, (bytes: Buffer) => Size | undefined>> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/gif': gifSize,
  'image/webp': webpSize,
};

/** Chunks of length, name, data and CRC, from IHDR to IEND (PNG specification, 5.3). */
function pngSize(bytes: Buffer): Size | undefined {
  let data = false;
  for (let at = 8; ;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(at + 4, end))) return undefined;
    if (at === 8 && name !== 'IHDR') return undefined;
    data ||= name === 'IDAT';
    if (name === 'IEND') return data ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : undefined;
    at = end + 4;
  }
}

/** Segments up to the frame header (SOF0 to SOF15 without DHT, JPG and DAC), and an end mark (ITU-T T.81, B.1). */
function jpegSize(bytes: Buffer): Size | undefined {
  if (bytes.lastIndexOf(Buffer.from([0xff, 0xd9])) === -1) return undefined;
  for (let at = 2; bytes.readUInt8(at) === 0xff;) {
    const marker = bytes.readUInt8(at + 1);
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
    // A fill byte, or a segment with its length.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** The logical screen, and the trailer at the end, give or take some padding (GIF89a, 18 and 27). */
function gifSize(bytes: Buffer): Size | undefined {
  const ended = bytes.lastIndexOf(0x3b) >= Math.max(14, bytes.length - 16);
  return ended ? [bytes.readUInt16LE(6), bytes.readUInt16LE(8)] : undefined;
}

/** One RIFF file with a lossy, lossless or extended first chunk (RFC 9649). */
function webpSize(bytes: Buffer): Size | undefined {
  if (bytes.readUInt32LE(4) + 8 > bytes.length) return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    default:
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  }
}
