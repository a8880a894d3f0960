import type { Code, Definition, Link, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { findTopLevel } from '../command/top-level.ts';
import { isCostly } from './costly.ts';
import { visible } from './hidden.ts';
import { type LinkHosts, mayLink } from './link-hosts.ts';
import { type LoudPart, loudParts } from './loud-parts.ts';
import { blocks, codeFence, codeSpan } from './markdown.ts';
import { openBlocks } from './open-blocks.ts';
import { muted, quiet } from './quiet.ts';

/** Longer texts are cut before they are parsed. */
const longest = 60_000;

const nowhere: LinkHosts = new Set();

/**
 * Returns Markdown that a model wrote, made safe to publish: it notifies nobody, closes no issue and shows up in none,
 * is no command, loads no image, holds no HTML, and links to the given hosts only. Ordinary formatting and code stay as
 * they are. What is not quiet after that, looked at as a reader sees it, becomes a block of code as a whole. Hidden
 * characters are removed and counted in a note. What it returned before comes back unchanged.
 */
export function modelText(text: string, hosts: LinkHosts = nowhere): string {
  const { text: shown, removed } = visible(text.slice(0, longest));
  const safe = settle(shown.trim(), hosts) ?? fenced(unmarked(shown.trim()));
  const note = removed === 1 ? '1 hidden character' : `${removed} hidden characters`;
  return removed === 0 ? safe : blocks([safe, `_${note} removed from this text._`]);
}

/** Returns the same on one line, for list items; what would open a code block there is shown as code. */
export function modelLine(text: string, hosts: LinkHosts = nowhere): string {
  const line = visible(text.slice(0, longest)).text.replaceAll(/\s+/g, ' ').trim();
  const opensBlock = /^(?:[ >*+#-]|\d{1,9}[.)])*(?:`{3}|~{3})/.test(line);
  return (opensBlock ? undefined : settle(line, hosts)) ?? codeSpan(unmarked(line));
}

/**
 * The text with nothing in it that GitHub acts on, or undefined when that can't be shown. What HTML held is read as
 * Markdown once its brackets are escaped, so it is looked at until nothing is left to change.
 */
function settle(text: string, hosts: LinkHosts): string | undefined {
  let current = text;
  for (let pass = 0; pass < passes; pass += 1) {
    if (isCostly(current)) return undefined;
    const { next, loud } = neutralise(current, hosts);
    const closed = `${next}${openBlocks(next)}`.trim();
    if (closed === current)
      return loud || findTopLevel(current).type === 'found' ? undefined : current;
    current = closed;
  }
  return undefined;
}

const passes = 8;

/** A text that is one fence already stays what it is. */
function fenced(text: string): string {
  const [, ticks = '', body = ''] = /^(`{3,})\n([\s\S]*)\n\1$/.exec(text) ?? [];
  return ticks !== '' && codeFence(body) === text ? text : codeFence(text);
}

type Edit = Readonly<{ start: number; end: number; replacement: string }>;

type Place = Readonly<{
  text: string;
  edits: Edit[];
  hosts: LinkHosts;
  /** Whether GitHub reads this paragraph as a table, which CommonMark does not know. */
  table: boolean;
}>;

/** One pass, and whether something loud is left that it can do nothing about. */
function neutralise(text: string, hosts: LinkHosts): Readonly<{ next: string; loud: boolean }> {
  const tree = fromMarkdown(text);
  const edits: Edit[] = [];
  collect(tree, { text, edits, hosts, table: false });
  // What single pieces of text do not hold may come of several.
  const loud = edits.length === 0 ? loudParts(tree).filter((part) => !isHarmless(part, hosts)) : [];
  for (const node of new Set(loud.flatMap(({ texts }) => texts))) {
    const [start, end] = extent(node);
    const source = text.slice(start, end);
    const replacement = muted(source);
    if (replacement !== source) edits.push({ start, end, replacement });
  }
  return { next: applied(text, edits), loud: loud.length > 0 };
}

function isHarmless({ type, what }: LoudPart, hosts: LinkHosts): boolean {
  return type === 'address' && quiet(what, hosts) === what;
}

function extent(node: Nodes): readonly [number, number] {
  const start = node.position?.start.offset ?? 0;
  return [start, node.position?.end.offset ?? start];
}

function applied(text: string, edits: readonly Edit[]): string {
  let at = 0;
  const parts: string[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at) continue;
    parts.push(text.slice(at, edit.start), edit.replacement);
    at = edit.end;
  }
  return parts.join('') + text.slice(at);
}

/** A line of nothing but dashes, colons and bars. */
const delimiterRow = /^[ \t>]*(?=[^\n]*-)[|: \t-]+$/m;
const delimiterRows = new RegExp(delimiterRow, 'gm');

function collect(node: Nodes, place: Place): void {
  const [start, end] = extent(node);
  const source = place.text.slice(start, end);
  const replacement = replacementOf(node, source, place);
  if (replacement !== undefined) {
    if (replacement !== source) place.edits.push({ start, end, replacement });
    return;
  }
  if (node.type === 'link' && !staysLink(node, source, place)) unlink(node, place);
  if (!('children' in node)) return;
  // One line alone is no table.
  const table =
    node.type === 'paragraph' ? source.includes('\n') && delimiterRow.test(source) : place.table;
  const known = place.edits.length;
  for (const child of node.children) collect(child, { ...place, table });
  const settled = place.edits.length === known;
  if (node.type === 'paragraph' && table && settled && !hasQuietCells(source, place.hosts))
    place.edits.push({ start, end, replacement: source.replaceAll(delimiterRows, noRow) });
}

/** GitHub reads each cell by itself: what begins in one and ends in another begins and ends nowhere. */
function hasQuietCells(source: string, hosts: LinkHosts): boolean {
  const cells = source.split('\n').flatMap((line) => line.split(bareBar));
  return cells.every((cell) => {
    if (!mayBeLoud.test(cell)) return true;
    const { next, loud } = neutralise(cell, hosts);
    return next === cell && !loud;
  });
}

/** Text without any of these, or "GH", is only text. */
const mayBeLoud = /[@#:/.<[!&\\`]|GH/i;

function noRow(row: string): string {
  return row.replace('-', String.raw`\-`);
}

function replacementOf(node: Nodes, source: string, place: Place): string | undefined {
  if (node.type === 'html') return source.replaceAll('<', '&lt;');
  if (node.type === 'image' || node.type === 'imageReference')
    return `(image: ${plain(node.alt ?? '')})`;
  if (node.type === 'text') return quiet(source, place.hosts);
  if (node.type === 'code') return unmarked(withoutRendering(node, source));
  // In a table a bar ends the cell, also inside of code, and sets free what stands behind it.
  if (node.type === 'inlineCode')
    return unmarked(place.table ? source.replaceAll(bareBar, String.raw`\|`) : source);
  if (node.type === 'definition')
    return staysDefinition(node, place) ? source : source.replace('[', '&#91;');
  if (node.type === 'link' && source.startsWith('<') && !mayLink(node.url, place.hosts))
    return codeSpan(source.slice(1, -1));
  return undefined;
}

const bareBar = /(?<!\\)\|/g;

/** Languages that GitHub draws, or offers to apply, in place of showing them. */
const drawn = /^(?:mermaid|geojson|topojson|stl|math|suggestion)$/i;

function withoutRendering({ lang }: Code, source: string): string {
  return drawn.test(lang ?? '') ? source.replace(/^([`~]{3,})[^\n]*/, '$1') : source;
}

/** Code keeps every character, and with them marks by which we find our own text again. */
function unmarked(code: string): string {
  return code.replaceAll(/<!--(?=\s*\/?\s*cody-batch:)/gi, '<! --');
}

/** A footnote is no definition on GitHub: its text is shown. */
function staysDefinition({ identifier, url, title }: Definition, { hosts }: Place): boolean {
  return !identifier.startsWith('^') && !title && mayLink(url, hosts);
}

function staysLink({ url }: Link, source: string, { hosts, table }: Place): boolean {
  return mayLink(url, hosts) && !(table && /(?<!\\)\|/.test(source));
}

/** The text of a link stays, and the address stands behind it in code. */
function unlink(node: Link, { text, edits }: Place): void {
  const [start, end] = extent(node);
  const from = node.children[0]?.position?.start.offset ?? start + 1;
  const to = node.children.at(-1)?.position?.end.offset ?? from;
  // What is written as an address alone has no brackets.
  if (text.charAt(start) !== '[') return;
  const address = node.url === '' ? '' : ` (${codeSpan(node.url.replaceAll('|', '%7C'))})`;
  edits.push({ start, end: from, replacement: '' }, { start: to, end, replacement: address });
}

function plain(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,-]/gu, ' ').trim() || 'no description';
}
