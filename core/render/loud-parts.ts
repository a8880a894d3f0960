import type { Nodes, Text } from 'mdast';

/**
 * Something in running text that GitHub acts on. `what` is how it reads; `texts` are the nodes that it stands in, of a
 * closed issue without the word that closes it.
 */
export type LoudPart = Readonly<{
  type: 'closing' | 'issue' | 'mention' | 'address';
  what: string;
  texts: readonly Text[];
}>;

/** A text node, and where it begins in what a reader sees. */
type Piece = Readonly<{ node: Text; start: number }>;

/*
 * The words of docs.github.com/issues "Linking a pull request to an issue". Each pattern takes linear time: what repeats
 * in it is bounded, or can't begin again inside of what was read.
 */
const closing =
  /(?<before>\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+)(?:[\w./-]{0,202}#\d+|GH-\d+|https?:\/\/[^\s<>|]{1,2000})/gi;
const across = [
  ['closing', closing],
  ['issue', /[\w.-]#\d+/g],
  ['mention', /(?<![A-Za-z0-9])@[A-Za-z0-9][\w-]*/g],
] as const;
const address =
  /(?:(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/|www\.)|:\/\/)[^\s<>|`]{1,2000}/gi;

/**
 * Returns what GitHub would act on in the running text of parsed Markdown. It looks at the text as a reader sees it, so
 * that emphasis, escapes and character references divide and hide nothing. Pure.
 */
export function loudParts(tree: Nodes): readonly LoudPart[] {
  const close = readAs(tree, '');
  const apart = readAs(tree, ' ');
  const { pieces } = close;
  // Who reads it may take the end of emphasis or of a link for the end of a word, or not.
  const found = [...partsAcross(close), ...(apart.seen === close.seen ? [] : partsAcross(apart))];
  // GitHub looks for addresses in each piece of text by itself.
  const addresses = pieces.flatMap(({ node }) =>
    Array.from(node.value.matchAll(address), ([what]): LoudPart => ({
      type: 'address',
      what,
      texts: [node],
    })),
  );
  return [...found, ...addresses];
}

type Reading = Readonly<{ seen: string; pieces: readonly Piece[] }>;

function partsAcross({ seen, pieces }: Reading): readonly LoudPart[] {
  return across.flatMap(([type, pattern]) =>
    Array.from(seen.matchAll(pattern), (match): LoudPart => {
      const start = match.index + (match.groups?.['before']?.length ?? 0);
      const end = match.index + match[0].length;
      return { type, what: match[0], texts: textsBetween(pieces, start, end) };
    }),
  );
}

/** The text as it is seen; `ending` stands where emphasis or a link ends. */
function readAs(tree: Nodes, ending: string): Reading {
  const parts: string[] = [];
  const pieces: Piece[] = [];
  let length = 0;
  const add = (text: string) => {
    parts.push(text);
    length += text.length;
  };
  const walk = (node: Nodes) => {
    if (node.type === 'text') {
      pieces.push({ node, start: length });
      // Where a cell of a table ends, nothing stands for a reader.
      add(node.value.replaceAll('|', ' '));
    } else if ('children' in node) {
      for (const child of node.children) walk(child);
      if (inline.has(node.type)) add(ending);
    } else add(' ');
    if (!inline.has(node.type)) add('\n');
  };
  walk(tree);
  return { seen: parts.join(''), pieces };
}

/** What doesn't begin a line of its own. */
const inline: ReadonlySet<string> = new Set([
  'text',
  'emphasis',
  'strong',
  'link',
  'linkReference',
  'inlineCode',
  'image',
  'imageReference',
]);

/** The pieces are in order: the first one is found by halving. */
function textsBetween(pieces: readonly Piece[], start: number, end: number): readonly Text[] {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(pieces[middle]) <= start) low = middle + 1;
    else high = middle;
  }
  const found: Text[] = [];
  for (let at = low; (pieces[at]?.start ?? end) < end; at += 1) {
    const piece = pieces[at];
    if (piece) found.push(piece.node);
  }
  return found;
}

function endOf(piece: Piece | undefined): number {
  return piece ? piece.start + piece.node.value.length : Infinity;
}
