import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaceText } from '../../../worker/tools/replace-text.ts';
import { decodeText, encodeText } from '../../../worker/tools/text-file.ts';

const piece = fc.constantFrom('a', 'b', ' ', '\t', '\n', '$&', '“', '"', 'word');
const text = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(''));

test('an exact match is replaced where it stands and nowhere else', () => {
  fc.assert(
    fc.property(text, text, text, (before, after, newText) => {
      const oldText = 'UNIQUE';
      const outcome = replaceText(before + oldText + after, { oldText, newText, all: false });
      expect(outcome).toMatchObject({ type: 'replaced', text: before + newText + after, count: 1 });
    }),
  );
});

test('whatever is replaced, the text around it keeps its bytes', () => {
  fc.assert(
    fc.property(text, text, (whole, oldText) => {
      fc.pre(oldText !== '');
      const outcome = replaceText(whole, { oldText, newText: '<new>', all: false });
      if (outcome.type !== 'replaced') return;
      const at = outcome.text.indexOf('<new>');
      expect(whole.startsWith(outcome.text.slice(0, at).trimEnd())).toBe(true);
      expect(whole.endsWith(outcome.text.slice(at + '<new>'.length).trimStart())).toBe(true);
    }),
  );
});

test('places that overlap count as several', () => {
  const how = { oldText: '}\n}\n', newText: '}\n\n}\n' };
  expect(replaceText('}\n}\n}\n', { ...how, all: false })).toEqual({
    type: 'many',
    lines: [1, 2],
    normalised: false,
  });
  expect(replaceText('}\n}\n}\n', { ...how, all: true })).toMatchObject({ count: 1 });
});

test('replacing all leaves no match and counts them', () => {
  fc.assert(
    fc.property(fc.array(text), (parts) => {
      const whole = parts.join('X');
      const outcome = replaceText(whole, { oldText: 'X', newText: 'Y', all: true });
      if (parts.length < 2) expect(outcome.type).toBe('none');
      else expect(outcome).toMatchObject({ text: parts.join('Y'), count: parts.length - 1 });
    }),
  );
});

test('UTF-8 text comes back with the same bytes', () => {
  const line = fc.tuple(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\n', '\r\n', '', '\uFEFF'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const bytes = Buffer.from(lines.flat().join('').replaceAll('\0', ''));
      const file = decodeText(bytes);
      expect(file && encodeText(file).equals(bytes)).toBe(true);
    }),
  );
});
