import { playedIn } from './defence.ts';

export const contextDefences = playedIn({ entry: 'context' }, [
  {
    name: 'unforgeable_tags',
    what: 'data ends its element',
    edits: [
      {
        file: 'worker/agent/element.ts',
        find: "return text.replaceAll(ownTags, '&lt;');",
        replace: 'return text;',
      },
    ],
    guard: 'context/file-forged',
  },
  {
    name: 'plain_attributes',
    what: 'a name of a file opens an element',
    edits: [
      {
        file: 'worker/agent/element.ts',
        find: "return value.replaceAll(/[\\p{C}\"<>&\\n\\r]/gu, '_').slice(0, 200);",
        replace: 'return value;',
      },
    ],
    guard: 'context/forged-by-file-name',
  },
  {
    name: 'zero_width',
    what: 'zero-width characters reach the model',
    edits: [{ file: 'core/render/hidden.ts', find: '  [0x200b, 0x200f],\n', replace: '' }],
    guard: 'context/hidden-zero-width-space',
  },
  {
    name: 'tag_characters',
    what: 'hidden sentences reach the model',
    edits: [{ file: 'core/render/hidden.ts', find: '  [0xe0000, 0xe0fff],\n', replace: '' }],
    guard: 'context/tags-comment',
  },
  {
    name: 'alternative_texts',
    what: 'texts of images reach the model',
    edits: [
      {
        file: 'core/render/readable-text.ts',
        find: '    return { text: imageWords(node.url), removed: lengths(node.alt, node.title) };',
        replace: "    return { text: node.alt ?? '', removed: 1 };",
      },
    ],
    guard: 'context/alt-text-comment',
  },
  {
    name: 'comments_of_writers_only',
    what: 'strangers speak to the model',
    edits: [
      {
        file: 'core/select-comments.ts',
        find: 'if (await writes(comment.user)) {',
        replace: 'if ((await writes(comment.user)) || true) {',
      },
    ],
    guard: 'context/outsider-comment',
  },
]);
