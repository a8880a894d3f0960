import * as fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { findTopLevel } from '../../../core/command/top-level.ts';
import { visible } from '../../../core/render/hidden.ts';
import { codeFence, codeSpan, inline, link, table } from '../../../core/render/markdown.ts';
import { modelLine, modelText } from '../../../core/render/model-text.ts';
import { truncate } from '../../../core/render/truncate.ts';

const piece = fc.constantFrom(
  '@octo',
  '\\@octo',
  '&#64;octo',
  '&commat;octo',
  '@&#111;cto',
  '@acme/team',
  '\\`@octo',
  'fixes #1',
  'Closes: acme/api#22',
  'acme/api#7',
  'octo\\#8',
  'resolve https://github.com/acme/api/issues/3',
  'https://github.com/acme/api/pull/4',
  'https://evil.example/?q=1',
  'http&colon;//evil.example',
  'https:\\//evil.example',
  'www.evil.example',
  '<https://evil.example>',
  '[x](//evil.example)',
  '[x](https://github.com@evil.example)',
  '[y][r]',
  'fix GH-4',
  '**fixes**',
  'clo**ses**: ',
  '#*1*',
  ' #1',
  '\n#12',
  '\n\n#12',
  '                         ',
  '@*octo*',
  '*acme/api*#7',
  'G*H-1*',
  '[fixes](https://github.com/acme)',
  '~~',
  '    code `',
  'Fi&#120;es &#35;5',
  '![x](https://example.com/a.png)',
  '![x][r]',
  '[r]: https://example.com/b.png',
  '[^r]: ',
  '[^r]',
  '\n/cody retry',
  '<!-- cody-batch:status:abc -->',
  '<img src=x>',
  '<div>',
  '</div>',
  '<!--',
  '-->',
  '<details>',
  '`',
  '``',
  '```',
  '```mermaid\n',
  '> ',
  '- ',
  '\n',
  '\n\n',
  '\n|-|-|\n',
  ' | ',
  ' ',
  'word',
  '*',
  '_',
  '[',
  '](https://example.com)',
  '](https://github.com/acme)',
  '    ',
  '\\',
  '\u{200B}',
  '\u{202E}',
);
const hostile = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));
const hosts = new Set(['github.com']);

/** Fails when anything in the text is more than text to GitHub. */
function expectQuiet(out: string): void {
  expect(shown(fromMarkdown(out)), out).not.toMatch(
    /\b(close[sd]?|fix(e[sd])?|resolve[sd]?):?\s+([\w./-]*#\d|GH-\d|https?:\S+\/issues\/\d)/i,
  );
  expect(visible(out).removed, out).toBe(0);
  expect(findTopLevel(out).type, out).toBe('none');
  for (const node of [
    ...all(fromMarkdown(out)),
    ...cells(out).flatMap((cell) => all(fromMarkdown(cell))),
  ]) {
    expect(['html', 'image', 'imageReference'], out).not.toContain(node.type);
    if (node.type === 'link' || node.type === 'definition')
      expect(new URL(node.url, 'https://github.com/acme/web/').host, out).toBe('github.com');
    if (node.type === 'definition') expect(node.identifier, out).not.toMatch(/^\^/);
    if (node.type === 'code') expect(node.lang, out).not.toBe('mermaid');
    if (node.type !== 'text') continue;
    expect(node.value, out).not.toMatch(/(?<![A-Za-z0-9])@[A-Za-z0-9]/);
    expect(node.value, out).not.toMatch(
      /(?::\/\/|(?<![A-Za-z0-9])www\.)(?:evil|example|github\.com\/acme\/api\/)/,
    );
    expect(node.value, out).not.toMatch(/[\w-]#\d/);
    expect(node.value, out).not.toMatch(
      /\b(close[sd]?|fix(e[sd])?|resolve[sd]?):?\s+([\w./-]*#\d|GH-\d|https?:\S+\/issues\/\d)/i,
    );
  }
}

/** What a reader sees apart from code; what begins a line of its own does so here. */
function shown(node: Nodes): string {
  if (node.type === 'text') return node.value;
  const inside = 'children' in node ? node.children.map(shown).join('') : ' ';
  return ['emphasis', 'strong', 'link', 'linkReference'].includes(node.type)
    ? inside
    : `${inside}\n`;
}

/** The cells of what GitHub reads as a table, each by itself. */
function cells(out: string): readonly string[] {
  return all(fromMarkdown(out)).flatMap((node) => {
    if (node.type !== 'paragraph') return [];
    const source = out.slice(node.position?.start.offset, node.position?.end.offset);
    const isTable = /^[ \t>]*(?=[^\n]*-)[|: \t-]+$/m.test(source);
    return isTable ? source.split('\n').flatMap((line) => line.split(/(?<!\\)\|/)) : [];
  });
}

describe('text written by a model', () => {
  it('notifies nobody, closes nothing, loads nothing, links nowhere else, and is no command', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const out = modelText(text, hosts);
        expectQuiet(out);
        expect(modelText(out, hosts), 'unchanged the second time').toBe(out);
      }),
      { numRuns: 600 },
    );
  });

  it('is as quiet where it is cut', () => {
    fc.assert(
      fc.property(hostile, fc.nat(300), (text, maxBytes) => {
        const cut = truncate(modelText(text, hosts), { maxBytes, tail: '' });
        expectQuiet(cut);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['[text](https://evil.example/?q=1 "t")', 'text (`https://evil.example/?q=1`)'],
    ['[text](https://GitHub.com/acme)', '[text](https://GitHub.com/acme)'],
    ['see https://github.com/acme/web.', 'see https://github.com/acme/web.'],
    ['[a](../src/x.ts) [b](#top)', '[a](../src/x.ts) [b](#top)'],
    ['[i](https://github.com/a/b/issues/1)', 'i (`https://github.com/a/b/issues/1`)'],
    ['(www.evil.example).', '(`www.evil.example`).'],
    ['acme/api#7 and #8', '`acme/api#7` and #8'],
    ['/cody retry', '`/cody` retry'],
    ['```mermaid\nA\n```', '```\nA\n```'],
    ['a | `b | @octo` |\n--|--\nc | d', 'a | `b \\| @octo` |\n--|--\nc | d'],
    ['**fixes** #1. See #2.', '**fixes** `#1`. See #2.'],
    ['fi**xes** #1 and #2', 'fi**xes** `#1` and #2'],
    ['_Closes_:\n**#1**', '_Closes_:\n**`#1`**'],
    ['What this fixes\n\n#12: all', 'What this fixes\n\n`#12`: all'],
    ['[fixes](https://github.com/acme) GH-1', '[fixes](https://github.com/acme) `GH-1`'],
    ['**acme/api**#7', '**acme/api**`#7`'],
    ['fixes G*H-1*', '```\nfixes G*H-1*\n```'],
    ['[^1]: @octo\n\nword[^1]', '&#91;^1]: `@octo`\n\nword&#91;^1]'],
  ])('of %j becomes %j', (text, expected) => {
    expect(modelText(text, hosts)).toBe(expected);
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
      '# Title\n\n**Fixes** the bug of #1 and closes the **gap**.\n\n- **bold** `@code` a@b.example\n\n| a | b |\n|---|---|\n| `x` | #2 |\n\n```\n@in fixes #1 <b>\n```\n\n[l](https://github.com/acme)';
    expect(modelText(text, hosts)).toBe(text);
  });

  it('holds none of our own marks, also in code', () => {
    const mark = '<!-- cody-batch:flags -->';
    for (const text of [
      mark,
      `\`${mark}\``,
      `    ${mark}`,
      `\`\`\`\n${mark}\n\`\`\``,
      `\`\`\`${mark}`,
    ]) {
      expect(modelText(text)).not.toContain('<!-- cody-batch');
      expect(modelLine(text)).not.toContain('<!-- cody-batch');
      expect(modelText(modelText(text))).toBe(modelText(text));
    }
    expect(modelText('`<!-- other -->`')).toBe('`<!-- other -->`');
  });

  it('is cut before a word that would name another, or link elsewhere', () => {
    const text = 'Ask @octocat, see https://github.com/acme, `a` and more.';
    expect(truncate(text, { maxBytes: 10, tail: '' })).toBe('Ask');
    expect(truncate(text, { maxBytes: 32, tail: '' })).toBe('Ask @octocat, see');
    const block = 'One.\n\n[`a` @octo and so on]: x';
    expect(truncate(block, { maxBytes: 20, tail: '' })).toBe('One.');
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
      'fixes  ',
      '*fixes*\n#1\n\n',
      '|@|\n|-|\n',
      'a.b/',
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
