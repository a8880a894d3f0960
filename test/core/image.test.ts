import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ImageType, imageType, inspectImage } from '../../core/image.ts';
import { greyPng } from '../support/png.ts';

/** One pixel each, as an encoder writes it. */
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const webp = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');

const look = (bytes: Buffer) => {
  const type = imageType(bytes);
  return type && inspectImage(type, bytes);
};

/** The image with other bytes in one chunk, whose checksum fits again. */
function withChunk(name: string, change: (data: Buffer) => void): Buffer {
  const bytes = greyPng(3, 2);
  const at = bytes.indexOf(name, 0, 'latin1');
  const length = bytes.readUInt32BE(at - 4);
  change(bytes.subarray(at + 4, at + 4 + length));
  bytes.writeUInt32BE(crc32(bytes.subarray(at, at + 4 + length)), at + 4 + length);
  return bytes;
}

function jpeg(scan: readonly number[]): Buffer {
  const frame = [0xff, 0xc0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0];
  return Buffer.from([0xff, 0xd8, ...frame, ...scan, 0xff, 0xd9]);
}

const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0x34];

describe('an image', () => {
  it('has the size that its header says', () => {
    expect(look(greyPng(3, 2))).toEqual({ type: 'image/png', width: 3, height: 2 });
    expect(look(gif)).toEqual({ type: 'image/gif', width: 1, height: 1 });
    expect(look(webp)).toEqual({ type: 'image/webp', width: 1, height: 1 });
    expect(look(jpeg(scan))).toEqual({ type: 'image/jpeg', width: 3, height: 2 });
  });

  it.each<[string, Buffer]>([
    ['a PNG whose data cannot be unpacked', withChunk('IDAT', (data) => data.fill(0x55))],
    ['a PNG of an impossible depth', withChunk('IHDR', (data) => data.writeUInt8(99, 8))],
    ['a PNG with fewer rows than it says', withChunk('IHDR', (data) => data.writeUInt32BE(9, 4))],
    ['a JPEG without a scan', jpeg([])],
    ['a JPEG with an empty scan', jpeg(scan.slice(0, 4))],
    ['a GIF without an image', Buffer.concat([gif.subarray(0, 19), Buffer.from([0x3b, 0, 0])])],
    ['a WebP without data', Buffer.concat([webp.subarray(0, 20), Buffer.alloc(14)])],
  ])('is none when it is %s', (_what, bytes) => {
    expect(look(bytes)).toBeUndefined();
  });

  it('is none when it is cut anywhere', () => {
    const whole: readonly [ImageType, Buffer][] = [
      ['image/png', greyPng(3, 2)],
      ['image/gif', gif],
      ['image/jpeg', jpeg(scan)],
      ['image/webp', webp],
    ];
    for (const [type, bytes] of whole) {
      for (let length = 16; length < bytes.length - 1; length += 1)
        expect(inspectImage(type, bytes.subarray(0, length)), `${type} ${length}`).toBeUndefined();
    }
  });
});
