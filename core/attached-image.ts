import { imageType, inspectImage, type ImageType } from './image.ts';

/** Of the Messages API: pixels on a side. */
const maxSide = 8_000;

/** Returns the media type of bytes that the model can look at, or why it can't. */
export function attachedImage(
  bytes: Buffer,
): Readonly<{ media_type: ImageType }> | 'wrong_type' | 'too_many_pixels' {
  const type = bytes.length < 16 ? undefined : imageType(bytes);
  const image = type && inspectImage(type, bytes);
  if (!image) return 'wrong_type';
  const fits = image.width <= maxSide && image.height <= maxSide;
  return fits ? { media_type: image.type } : 'too_many_pixels';
}
