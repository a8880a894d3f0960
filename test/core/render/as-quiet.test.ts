import { describe, expect, it } from 'vitest';
import { isAsQuiet } from '../../../core/render/as-quiet.ts';
import { truncate } from '../../../core/render/truncate.ts';

const costly = '[a '.repeat(1001);

describe('isAsQuiet', () => {
  it('is false where the text around the cut takes too long to read', () => {
    expect(isAsQuiet('see `@name', `see \`@name\` ${costly}`)).toBe(false);
  });

  it('is true for whole paragraphs, however costly', () => {
    const paragraph = `@name ${costly}`.trimEnd();
    expect(isAsQuiet(paragraph, `${paragraph}\n\nand more`)).toBe(true);
  });
});

describe('truncate', () => {
  it.each([
    ['a paragraph', `see @name and ${costly}`, 'T'],
    ['a quote', `> see @name and\n>\n> ${costly}`, '> see @name and\n\nT'],
    ['what stands behind another', `one @name\n\nsee ${costly}`, 'one @name\n\nT'],
  ])('ends, before %s that is costly', (_, text, out) => {
    expect(truncate(text, { maxBytes: 300, tail: 'T' })).toBe(out);
  });

  it('keeps the words of a block before several that would be louder than the whole', () => {
    const text = `a few words first ![@a @b @c](https://images.example/i.png) ${'x '.repeat(50)}`;
    for (const maxBytes of [28, 32])
      expect(truncate(text, { maxBytes, tail: 'T' })).toBe('a few words first\n\nT');
  });
});
