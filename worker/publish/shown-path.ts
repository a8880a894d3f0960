import { visible } from '../../core/render/hidden.ts';
import { codeSpan } from '../../core/render/markdown.ts';

const longest = 100;

/** Characters that take no room, or look like a space and are none. U+FE0F is seen behind an emoji alone. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}|^\uFE0F/u;
const character = /\p{Extended_Pictographic}\uFE0F|[^]/gu;

/**
 * Returns the name of a file as a code span in which every character is seen: hidden ones, odd spaces and backslashes are
 * escaped as `\u{202e}`. Of a name with more than 100 characters the middle is left out.
 */
export function shownPath(path: string): string {
  const chars = Array.from(path.matchAll(character), ([char]) =>
    isUnseen(char) ? escaped(char) : char,
  );
  const shown = chars
    .join('')
    .replaceAll(/^ | $| (?=[ /])|(?<=\/) /g, () => escaped(' '))
    // Nobody forges one of our marks by the name of a file.
    .replaceAll('<!--', `${escaped('<')}!--`);
  return codeSpan(shortened(shown));
}

function isUnseen(char: string): boolean {
  return char === '\\' || unseen.test(char) || visible(char).removed > 0;
}

function escaped(char: string): string {
  return char === '\\' ? '\\\\' : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

function shortened(text: string): string {
  const chars = Array.from(text);
  if (chars.length <= longest) return text;
  const half = Math.floor((longest - 1) / 2);
  return `${chars.slice(0, half).join('')}…${chars.slice(-half).join('')}`;
}
