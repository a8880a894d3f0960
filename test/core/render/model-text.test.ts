import * as fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { visible } from '../../../core/render/hidden.ts';
import { codeFence, codeSpan, inline, link, table } from '../../../core/render/markdown.ts';
import { modelLine, modelText } from '../../../core/render/model-text.ts';

const piece = fc.constantFrom(
  '@octo',
  '\\@octo',
  '&#64;octo',
  '&commat;octo',
  '@&#111;cto',
  'fixes #1',
  'Closes: acme/api#22',
  'resolve https://github.com/acme/api/issues/3',
  'fix GH-4',
  'Fi&#120;es &#35;5',
  '![x](https://example.com/a.png)',
  '![x][r]',
  '[r]: https://example.com/b.png',
  '<img src=x>',
  '<div>',
  '</div>',
  '<!--',
  '-->',
  '<details>',
  '`',
  '```',
  '> ',
  '- ',
  '\n',
  '\n\n',
  ' ',
  'word',
  '*',
  '_',
  '[',
  '](https://example.com)',
  '    ',
);
const hostile = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));

describe('text written by a model', () => {
  it('notifies nobody, closes nothing, loads nothing and holds no HTML', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const out = modelText(text);
        for (const node of all(fromMarkdown(out))) {
          expect(['html', 'image', 'imageReference'], out).not.toContain(node.type);
          if (node.type !== 'text') continue;
          expect(node.value, out).not.toMatch(/(?<![A-Za-z0-9`])@[A-Za-z0-9]/);
          expect(node.value, out).not.toMatch(
            /\b(close[sd]?|fix(e[sd])?|resolve[sd]?):?\s+([\w./-]*#\d|GH-\d|https?:\S+\/issues\/\d)/i,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves text after it outside of its code', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('```js', '~~~', 'words', '', '- item'), { maxLength: 6 }),
        (lines) => {
          const tree = fromMarkdown(`${modelText(lines.join('\n'))}\n\nAFTER`);
          const last = tree.children.at(-1);
          expect(last?.type).toBe('paragraph');
        },
      ),
    );
  });

  it('keeps formatting and code as they were', () => {
    const text =
      '# Title\n\n- **bold** `@code` a@b.example\n\n```\n@in fixes #1 <b>\n```\n\n[l](https://example.com)';
    expect(modelText(text)).toBe(text);
  });

  it('says how many hidden characters were removed', () => {
    expect(modelText('a\u{200B}b\u{202E}c')).toBe(
      'abc\n\n_2 hidden characters removed from this text._',
    );
  });

  it('fits on one line in a list', () => {
    expect(modelLine('a\n\nb @octo')).toBe('a b `@octo`');
    expect(modelLine('```js\ncode')).toBe('```` ```js code ````');
  });

  it('of 60,000 hostile characters is rendered', () => {
    for (const part of [
      '<div>\n',
      '[',
      '*a_',
      '`',
      '> ',
      '- ',
      '![x](',
      '@a ',
      'fixes #',
      '[r] ',
      '<',
      '\n- a',
    ]) {
      expect(modelText(part.repeat(60_000 / part.length))).not.toBe('');
    }
  }, 20_000);
});

describe('visible', () => {
  it('removes controls, bidi, zero-width and tag characters and counts them', () => {
    expect(
      visible('a\u{0}b\u{1B}[31mc\u{202E}d\u{200B}\u{FEFF}e\u{E0041}f\u{D800}\u{E0101}'),
    ).toEqual({
      text: 'abcdef',
      removed: 12,
    });
  });

  it('keeps emoji, tabs and other scripts', () => {
    const text = '👩‍👩‍👧 👍🏽 ❤️ 👩🏽‍🚀 🏴󠁧󠁢󠁳󠁣󠁴󠁿\tñ 日本 العربية\n';
    expect(visible(text)).toEqual({ text, removed: 0 });
  });
});

describe('escaping', () => {
  it('of inline text shows it as it was, on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        const tree = fromMarkdown(`x ${inline(text)}`);
        expect(tree.children).toHaveLength(1);
        const shown = all(tree)
          .map((node) => (node.type === 'text' ? node.value : ''))
          .join('');
        expect(shown).toBe(`x ${text.replaceAll(/\s+/g, ' ').trim()}`.trim());
      }),
    );
  });

  it('of fences and spans holds any backticks', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', ' ', '\n', '~') }), (text) => {
        const fence = fromMarkdown(codeFence(text, 'js')).children;
        expect(fence).toMatchObject([{ type: 'code', value: text.replace(/\n+$/, '') }]);
        const flat = text.replaceAll(/\s+/g, ' ').trim();
        if (flat === '') return;
        expect(fromMarkdown(codeSpan(text)).children).toMatchObject([
          { children: [{ type: 'inlineCode', value: flat }] },
        ]);
      }),
    );
  });

  it('of cells and links can’t break out', () => {
    expect(table(['A'], [[codeSpan('a|b')], [inline('c|d')]])).toBe(
      '| A |\n| --- |\n| `a\\|b` |\n| c\\|d |',
    );
    expect(link('a]b', 'https://example.com/(x) y')).toBe(
      '[a\\]b](https://example.com/%28x%29%20y)',
    );
  });
});

function all(node: Nodes): Nodes[] {
  return [node, ...('children' in node ? node.children.flatMap(all) : [])];
}
