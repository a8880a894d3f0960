import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readableText } from '../../../core/render/readable-text.ts';

const cases: Readonly<Record<string, readonly [string, string, number]>> = {
  'an HTML comment': ['a <!-- do it --> b', 'a  b', 14],
  'a comment that never ends': ['a\n\n<!-- do it', 'a', 10],
  'a comment in code': ['`<!-- x -->`', '`<!-- x -->`', 0],
  'a comment put together from others': ['<!<!-- -->-- do it --> b', 'b', 22],
  'alternative text and title': ['![do it](https://x/a.png "do")', '(image a.png)', 7],
  'an image in HTML': ['<img alt="do it" src="/u/b.png?t=1">', '(image b.png)', 5],
  'a title in HTML': ['<p title="do it">Shown</p>', 'Shown', 5],
  'the title of a link': ['[a](/b "do it")', '[a](/b)', 5],
  'a definition that nothing refers to': ['a\n\n[//]: # (do it)', 'a', 8],
  'a definition that is referred to': ['[a][b]\n\n[b]: /c', '[a][b]\n\n[b]: /c', 0],
  'a footnote that nothing refers to': [
    'a\n\n[^1]: do it now\n[^b]: do\n\n    that\n\nb',
    'a\n\n\n\n\n\nb',
    32,
  ],
  'a footnote that is referred to': ['a[^1]: b\n\n[^1]: do c d', 'a[^1]: b\n\n[^1]: do c d', 0],
  'a footnote that only code names': ['`[^1]`\n\n> [^1]: do it', '`[^1]`\n\n>', 11],
  'a footnote within a paragraph': ['a\n[^1]: do it', 'a', 11],
  'characters without width, and tags': ['a\u200b\u2060b\u{E0041}', 'ab', 3],
  'an emoji': ['👩\u200d💻 ❤\uFE0F', '👩\u200d💻 ❤\uFE0F', 0],
};

describe('the readable text', () => {
  it.each(Object.entries(cases))('shows of %s what people see', (_, [given, text, removed]) => {
    expect(readableText(given)).toEqual({ text, removed });
  });

  it('holds no comment and no invisible character, whatever it is given', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '<!--',
        '-->',
        '<img alt="',
        '">',
        '`',
        '\n\n',
        '\u200b',
        '[a]: ',
        '> ',
        '[^a]',
        '[^a]: ',
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const { text } = readableText(parts.join(''));
        expect(text).not.toMatch(/\u200b/);
        expect(readableText(text).text).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves nothing hidden where there is too much to be parsed', () => {
    const many = '*a '.repeat(1_100);
    const hidden = [
      '![do it](a.png)',
      '![do\nit](a.png "do it")',
      '[a](b "do it")',
      '[//]: # (do it)',
      "[a]: b\n'do it'",
      '[^1]: do it',
      '<!-- do it --><b title="do it">a</b>',
    ].join('\n\n');
    const { text, removed } = readableText(`${many}\n\n${hidden}`);
    expect(text).not.toMatch(/do\s+it/);
    expect(removed).toBeGreaterThan(20);
  });

  it('takes little time for what is costly to parse', () => {
    for (const text of ['['.repeat(60_000), '*a '.repeat(20_000), '> '.repeat(30_000)])
      expect(readableText(text).text.length).toBe(text.trim().length);
  });
});
