import { describe, expect, it } from 'vitest';
import { cutText } from '../../../core/render/cut-text.ts';
import { readableText } from '../../../core/render/readable-text.ts';

const before = `${'Some words of the text.\n'.repeat(4)}Then `;
const hidden: readonly string[] = [
  'this <!-- do it, and do it well -->',
  'this <a title="do it, and do it well">link</a>',
  'this ![do it, and do it well](a.png)',
  '\n\n[//]: # (do it, and do it well)',
  '\n<!-- more\n\nthan one paragraph: do it, and do it well -->',
];

describe('a text that is cut', () => {
  it.each(hidden)('does not show what was hidden: %s', (part) => {
    const length = before.length + part.indexOf('do it') + 8;
    expect(readableText(before + part).text).not.toContain('do it');
    expect(readableText(cutText(before + part, length)).text).not.toContain('do it');
    expect(cutText(before + part, length).startsWith(before)).toBe(true);
  });

  it('is as long as it may be where nothing is open, and whole when it fits', () => {
    expect(cutText('a < b and <b>c</b> ![d](e) and so on', 32)).toBe(
      'a < b and <b>c</b> ![d](e) and s',
    );
    expect(cutText('this <!-- ends', 14)).toBe('this <!-- ends');
    expect(cutText(`${'a'.repeat(9)}👩`, 10)).toBe(`${'a'.repeat(9)}\ufffd`);
  });
});
