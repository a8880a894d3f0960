import type { Nodes, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { isCostly } from '../render/costly.ts';
import { outsideInline } from './inline-hidden.ts';

/** Where commands start in a comment (offsets of `/cody`), or why none counts. */
export type TopLevel =
  | Readonly<{ type: 'found'; offsets: readonly number[] }>
  | Readonly<{ type: 'none'; reason: NoCommand }>;

/** Why a comment holds no command. */
export type NoCommand =
  'not_addressed' | 'in_code' | 'in_quote' | 'in_list' | 'in_html' | 'elsewhere';

const commandLine = /^[^\S\n]*\/cody(?=\s|$)/gm;
const anyMention = /(?<![\w/.-])\/cody(?=\s|$)/;

/**
 * Finds every `/cody` that is the first word of a line at the Markdown top level (CommonMark's block structure). Text
 * has `\n` line ends. Linear in the length of the text.
 */
export function findTopLevel(text: string): TopLevel {
  if (!anyMention.test(text)) return { type: 'none', reason: 'not_addressed' };
  const candidates = [...text.matchAll(commandLine)].map(
    (match) => match.index + match[0].length - '/cody'.length,
  );
  if (candidates.length === 0) return { type: 'none', reason: mentionedInline(text) };
  const nodes = fromMarkdown(flattenContainers(text), { extensions: [blocksOnly] }).children;
  const places = placesOf(nodes, candidates);
  const offsets = nodes
    .filter(isText)
    .flatMap((node) => topLevelIn(node, { text, candidates: places.get(node) ?? [] }));
  if (offsets.length > 0) return { type: 'found', offsets };
  const [first] = places.keys();
  return { type: 'none', reason: first ? (reasons[first.type] ?? 'elsewhere') : 'elsewhere' };
}

function topLevelIn(
  node: RootContent,
  { text, candidates }: { text: string; candidates: readonly number[] },
): readonly number[] {
  if (candidates.length === 0) return [];
  const from = start(node);
  const inside = candidates.map((offset) => offset - from);
  const source = text.slice(from, end(node));
  return outsideInline(source, inside)
    .filter(isShown(source))
    .map((offset) => offset + from);
}

/** Tells which offsets stand in text that readers see: the title of a link and its address are none. */
function isShown(source: string): (offset: number) => boolean {
  if (!source.includes('](') || isCostly(source)) return () => true;
  const shows = (node: Nodes, offset: number): boolean => {
    const { start: from, end: to } = node.position ?? {};
    if ((from?.offset ?? 0) > offset || (to?.offset ?? 0) <= offset) return false;
    if ('children' in node) return node.children.some((child) => shows(child, offset));
    return node.type === 'text' || node.type === 'html';
  };
  const tree = fromMarkdown(source);
  return (offset) => shows(tree, offset);
}

/** Inline constructs do not decide where a line stands, and some of them cost quadratic time. */
const blocksOnly = {
  disable: {
    null: [
      'attention',
      'autolink',
      'characterEscape',
      'characterReference',
      'codeText',
      'htmlText',
      'labelEnd',
      'labelStartImage',
      'labelStartLink',
    ],
  },
};

const deepest = 16;
const containers = /^(?:[ \t]{0,8}(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/gm;

/** Nested containers cost quadratic time; deeper ones become text of the same length inside the outer ones. */
function flattenContainers(text: string): string {
  return text.replaceAll(containers, (prefix) => {
    let markers = 0;
    return prefix.replaceAll(/>|[-+*]|\d+[.)]/g, (marker) => {
      markers += 1;
      return markers > deepest ? 'x'.repeat(marker.length) : marker;
    });
  });
}

/** The offsets by the root node around them; both come in rising order. */
function placesOf(
  nodes: readonly RootContent[],
  offsets: readonly number[],
): ReadonlyMap<RootContent, readonly number[]> {
  const places = new Map<RootContent, number[]>();
  let at = 0;
  for (const offset of offsets) {
    for (let node = nodes[at]; node !== undefined && end(node) <= offset; node = nodes[at]) at += 1;
    const node = nodes[at];
    if (node === undefined || start(node) > offset) continue;
    const inside = places.get(node) ?? [];
    inside.push(offset);
    places.set(node, inside);
  }
  return places;
}

function start(node: RootContent): number {
  return node.position?.start.offset ?? 0;
}

function end(node: RootContent): number {
  return node.position?.end.offset ?? 0;
}

/** A paragraph with a line of `-` or `=` below it is a heading, which the writer rarely means. */
function isText(node: RootContent): boolean {
  return node.type === 'paragraph' || node.type === 'heading';
}

const reasons: Readonly<Partial<Record<RootContent['type'], NoCommand>>> = {
  blockquote: 'in_quote',
  list: 'in_list',
  html: 'in_html',
  code: 'in_code',
  paragraph: 'in_code',
  heading: 'in_code',
};

function mentionedInline(text: string): NoCommand {
  return /^[ \t]*>[> \t]*\/cody(?=\s|$)/m.test(text) ? 'in_quote' : 'elsewhere';
}
