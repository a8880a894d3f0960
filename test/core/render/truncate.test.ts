import * as fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { codeFence, details } from '../../../core/render/markdown.ts';
import { truncate } from '../../../core/render/truncate.ts';

const tail = 'THE-REST is elsewhere.';
const anyText = fc.string({ unit: 'binary', maxLength: 300 });
const line = fc.constantFrom(
  'some words',
  'é 👩‍🚀 ñ',
  'x'.repeat(40),
  '',
  'a `code` b',
  '# not a title',
);
const lines = fc.array(line, { maxLength: 6 }).map((parts) => parts.join('\n'));
const inFence = fc
  .array(fc.oneof(line, fc.constantFrom('```', '````', '~~~', '- ```', '<details>', '</details>')))
  .map((parts) => codeFence(parts.join('\n'), 'js'));
const listFence = lines.map(
  (body) => `- item\n\n  \`\`\`\n${body.replaceAll(/^/gm, '  ')}\n  \`\`\`\n- next`,
);
const block = fc.oneof(lines, inFence, listFence, fc.constant('> quoted\n> ```\n> code'));
const folded = fc
  .array(block, { maxLength: 3 })
  .map((inner) => details('Turn', inner.join('\n\n')));
const markdown = fc
  .array(fc.oneof(block, folded), { maxLength: 8 })
  .map((parts) => parts.join('\n\n'));

describe('truncate', () => {
  it('stays within bytes and characters and keeps every code point whole', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.integer({ min: 30, max: 400 }),
        fc.integer({ min: 30, max: 400 }),
        (text, maxBytes, maxCharacters) => {
          const out = truncate(text, { maxBytes, maxCharacters, tail });
          expect(Buffer.byteLength(out)).toBeLessThanOrEqual(maxBytes);
          expect(out.length).toBeLessThanOrEqual(maxCharacters);
          expect(out.isWellFormed()).toBe(true);
        },
      ),
    );
  });

  it('returns a text that fits as it is', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        expect(truncate(text, { maxBytes: 100_000, tail })).toBe(text);
      }),
    );
  });

  it('puts the tail outside of code and folded blocks', () => {
    fc.assert(
      fc.property(markdown, fc.integer({ min: 30, max: 1200 }), (text, maxBytes) => {
        const out = truncate(text, { maxBytes, tail });
        if (out === text) return;
        expect(out.endsWith(tail)).toBe(true);
        const tree = fromMarkdown(out);
        expect(topLevelText(tree), out).toContain('THE-REST');
        expect(balance(tree), out).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps most of what fits', () => {
    const text = 'a line of words\n'.repeat(1000);
    const out = truncate(text, { maxBytes: 5000, tail });
    expect(Buffer.byteLength(out)).toBeGreaterThan(4900);
  });

  it('cuts one long line inside it', () => {
    const out = truncate('é'.repeat(1000), { maxBytes: 101, tail });
    expect(out).toBe(`${'é'.repeat(38)}\n\n${tail}`);
  });

  it('throws when the tail alone is too long', () => {
    expect(() => truncate('x'.repeat(100), { maxBytes: 10, tail })).toThrow(RangeError);
  });
});

function topLevelText(tree: Nodes): string {
  if (!('children' in tree)) return '';
  return tree.children
    .flatMap((node) => (node.type === 'paragraph' ? node.children : []))
    .map((node) => (node.type === 'text' ? node.value : ''))
    .join('\n');
}

/** Opened minus closed folded blocks, as HTML outside of code. */
function balance(node: Nodes): number {
  if (node.type === 'html') {
    return node.value.split('<details').length - node.value.split('</details>').length;
  }
  return 'children' in node ? node.children.reduce((sum, child) => sum + balance(child), 0) : 0;
}
