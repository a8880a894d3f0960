import { gifSize, jpegSize, pngSize, type Size, webpSize } from './image-size.ts';

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
    // Reading past the end, or data that cannot be unpacked: it was cut or damaged.
    return undefined;
  }
}

const sizeReaders: Readonly<Record<ImageType, (bytes: Buffer) => Size | undefined>> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/gif': gifSize,
  'image/webp': webpSize,
};
