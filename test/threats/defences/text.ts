import { playedIn } from './defence.ts';

const model = 'core/render/model-text.ts';
const quiet = 'core/render/quiet.ts';
const words = 'worker/publish/words.ts';

/** A second reader looks at what the first one has made quiet, and puts it into a block of code. */
const secondReader = {
  file: model,
  find: 'const loud = edits.length === 0 ? loudParts(tree).filter((part) => !isHarmless(part, hosts)) : [];',
  replace:
    'const loud: ReturnType<typeof loudParts> = isHarmless.length < 0 ? loudParts(tree) : [];',
} as const;

/** What keeps the words of a model from acting on GitHub. */
export const textDefences = playedIn({ entry: 'output' }, [
  {
    name: 'text_html',
    what: 'HTML of the model is rendered',
    edits: [
      {
        file: model,
        find: "if (node.type === 'html') return source.replaceAll('<', '&lt;');",
        replace: "if (node.type === 'html') return source;",
      },
    ],
    guard: 'output/summary-script',
  },
  {
    name: 'text_markers',
    what: 'the model forges the marks by which we find our own text',
    edits: [
      {
        file: model,
        find: "if (node.type === 'html') return source.replaceAll('<', '&lt;');",
        replace: "if (node.type === 'html') return source;",
      },
    ],
    guard: 'output/summary-marker-status',
  },
  {
    name: 'text_images',
    what: 'images of the model are loaded',
    edits: [
      {
        file: model,
        find: "    return `(image: ${plain(node.alt ?? '')})`;",
        replace: "    return [source, plain(node.alt ?? '')][0];",
      },
      secondReader,
    ],
    guard: 'output/summary-image',
  },
  {
    name: 'text_mentions',
    what: 'the model notifies people',
    edits: [
      {
        file: quiet,
        find: "if (typeof who === 'string') return `\\`@${who}\\``;",
        replace: "if (typeof who === 'string') return match;",
      },
      secondReader,
    ],
    guard: 'output/summary-mention',
  },
  {
    name: 'text_second_reader',
    what: 'emphasis and the like divide what is looked for',
    edits: [secondReader],
    guard: 'output/summary-closes-emphasis',
  },
  {
    name: 'text_closing_words',
    what: 'the model closes issues',
    edits: [
      {
        file: quiet,
        find: "if (typeof closing === 'string') return `${closing}${code(String(closed))}`;",
        replace: "if (typeof closing === 'string') return String(closed) && match;",
      },
      secondReader,
    ],
    guard: 'output/summary-closes',
  },
  {
    name: 'text_links',
    what: 'the model leads people to other servers',
    edits: [
      {
        file: 'core/render/link-hosts.ts',
        find: "(url.protocol === 'https:' || url.protocol === 'http:') && hosts.has(url.host)",
        replace: "(url.protocol === 'https:' || url.protocol === 'http:') && hosts.size >= 0",
      },
    ],
    guard: 'output/summary-foreign-link',
  },
  {
    name: 'text_commands',
    what: 'the model gives us commands',
    edits: [
      {
        file: quiet,
        find: "if (typeof indent === 'string') return `${indent}\\`/cody\\``;",
        replace: "if (typeof indent === 'string') return match;",
      },
      {
        file: model,
        find: "return loud || findTopLevel(current).type === 'found' ? undefined : current;",
        replace: 'return loud || findTopLevel.length > 9 ? undefined : current;',
      },
    ],
    guard: 'output/summary-command',
  },
  {
    name: 'text_hidden',
    what: 'the model publishes characters that nobody sees',
    edits: [{ file: 'core/render/hidden.ts', find: '  [0x2028, 0x202e],\n', replace: '' }],
    guard: 'output/summary-bidi',
  },
  {
    name: 'title_closing_words',
    what: 'a title closes issues',
    edits: [
      {
        file: words,
        find: "    .replaceAll(/@(?=[A-Za-z0-9])/g, '')\n    .replaceAll(/#(?=\\d)/g, 'issue ')",
        replace: "    .replaceAll(/@(?=[A-Za-z0-9])/g, '')",
      },
    ],
    guard: 'output/title-closes',
  },
  {
    name: 'commit_trailers',
    what: 'a commit says that somebody else wrote or signed it',
    edits: [
      {
        file: words,
        find: "    .replaceAll(trailer, '$1');",
        replace: '    .replaceAll(trailer, (all) => all);',
      },
    ],
    guard: 'output/commit-signed',
  },
]);
