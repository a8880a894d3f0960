import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHeadTail } from '../../../worker/tools/head-tail.ts';
import { createPlainOutput } from '../../../worker/tools/plain-output.ts';

const limits = { head: 20, tail: 30 };
const marker = (lines: number) => `<${lines}>`;

function kept(parts: readonly string[]): string {
  const output = createHeadTail(limits);
  for (const part of parts) output.push(part);
  return output.text(marker);
}

const text = fc.array(fc.constantFrom('a', 'b ', '\n', 'é', '😀', 'long word'), { maxLength: 300 });

describe('head and tail of a long output', () => {
  test('keeps everything that fits', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: limits.head + limits.tail }), (whole) => {
        expect(kept([whole])).toBe(whole);
      }),
    );
  });

  test('gives the same result however the text is cut into pieces', () => {
    fc.assert(
      fc.property(text, (parts) => {
        expect(kept(parts)).toBe(kept([parts.join('')]));
      }),
    );
  });

  test('is a beginning and an end of the text, with every left-out line counted', () => {
    fc.assert(
      fc.property(text, (parts) => {
        const whole = parts.join('');
        const result = kept([whole]);
        if (whole.length <= limits.head + limits.tail) return;
        const [, head = '', lines, tail = ''] = /^([^<]*)\n<(\d+)>\n([^<]*)$/.exec(result) ?? [];
        expect(whole.startsWith(head) && whole.endsWith(tail)).toBe(true);
        expect(result.length).toBeLessThanOrEqual(limits.head + limits.tail + 10);
        expect(result.isWellFormed()).toBe(true);
        const start = whole.startsWith(`${head}\n`) && whole[head.length] === '\n' ? 1 : 0;
        const middle = whole.slice(head.length, whole.length - tail.length);
        const breaks = middle.split('\n').length - 1;
        expect([breaks, breaks - start]).toContain(Number(lines));
      }),
    );
  });
});

function plain(chunks: readonly Buffer[]): string {
  const output = createPlainOutput();
  return chunks.map((chunk) => output.push(chunk)).join('') + output.end();
}

describe('plain output', () => {
  test('drops colours, links, titles and control characters', () => {
    const input = '\u001b[31mred\u001b[0m\u001b]0;title\u0007 a\u0008b\u0000c\tx\r\n\u001b[2Kdone';
    expect(plain([Buffer.from(input)])).toBe('red abc\tx\ndone');
  });

  test('keeps the text behind commands without an end, in time that grows with their number only', () => {
    const line = '\u001b]8;;a '.repeat(20_000);
    expect(plain([Buffer.from(line)])).toBe('8;;a '.repeat(20_000));
    const nested = `${'\u001b'.repeat(100_000)}]x`;
    expect(plain([Buffer.from(nested)])).toBe('x');
  });

  test('keeps what a terminal shows last on an overwritten line', () => {
    expect(plain([Buffer.from('10%\r50%\r100%\nend\r')])).toBe('100%\nend');
  });

  test('gives the same text however the bytes are cut into chunks', () => {
    const piece = fc.constantFrom(
      '\u001b[1;31m',
      'é',
      '😀',
      '\n',
      '\r',
      'text',
      '\r\n',
      '\u001b]8;;x\u0007',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        (parts, size) => {
          const bytes = Buffer.from(parts.join(''));
          const chunks = [];
          for (let at = 0; at < bytes.length; at += size)
            chunks.push(bytes.subarray(at, at + size));
          expect(plain(chunks)).toBe(plain([bytes]));
        },
      ),
    );
  });
});
