/** The media types that the model can look at. */
export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

const SIGNATURES: readonly { type: ImageType; at: number; bytes: string }[] = [
  { type: 'image/png', at: 0, bytes: '89504e470d0a1a0a' },
  { type: 'image/jpeg', at: 0, bytes: 'ffd8ff' },
  { type: 'image/gif', at: 0, bytes: '47494638' },
  { type: 'image/webp', at: 8, bytes: '57454250' },
];

/** Tells an image by its first bytes (at least 12), whatever its name says. Undefined for anything else. */
export function imageType(start: Buffer): ImageType | undefined {
  return SIGNATURES.find(({ at, bytes }) =>
    start.subarray(at, at + bytes.length / 2).equals(Buffer.from(bytes, 'hex')),
  )?.type;
}
