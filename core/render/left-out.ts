import type { From, LeftOut, NotFetched } from '../gathered-context.ts';

/** Returns one sentence that counts the comments that are not told, or an empty text. */
export function leftOutWords({ others, edited, older }: LeftOut): string {
  const parts = [
    counted(others, 'by authors without write access'),
    counted(edited, 'changed after the command'),
    counted(older, 'because there are too many'),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `Comments left out: ${parts.join(', ')}.`;
}

function counted(count: number, why: string): string {
  return count === 0 ? '' : `${count} ${why}`;
}

/** Returns one sentence about characters that nobody sees on GitHub, or an empty text. */
export function hiddenWords(removed: number): string {
  if (removed === 0) return '';
  return removed === 1
    ? '1 hidden character was removed.'
    : `${removed} hidden characters were removed.`;
}

const reasons: Readonly<Record<NotFetched, string>> = {
  too_many: 'there are too many attachments',
  too_large: 'it is too large',
  too_many_pixels: 'it has too many pixels',
  wrong_type: 'it is no image and no text file that can be shown',
  not_text: 'it is not UTF-8 text',
  other_host: 'it is not kept by GitHub',
  not_shown: 'GitHub does not show it to the App',
  unreachable: 'it could not be loaded',
  edited: 'the text that holds it was changed after the command',
};

/** Returns why an attachment is not told, as the end of a sentence. */
export function notFetchedWords(reason: NotFetched): string {
  return reasons[reason];
}

/** Returns where an attachment stood, for "from …". */
export function fromWords({ place, author }: From): string {
  switch (place) {
    case 'text':
      return `the description by ${author}`;
    case 'command':
      return `the command of ${author}`;
    case 'comment':
      return `a comment of ${author}`;
  }
}
