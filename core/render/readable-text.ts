import type { Definition, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { isCostly } from './costly.ts';
import { type Visible, visible } from './hidden.ts';
import { hiddenNotes, notesReferredTo } from './hidden-notes.ts';
import { roughText } from './rough-text.ts';

/** Taking something out may put together what is hidden again; nobody writes more layers by chance. */
const passes = 5;

/**
 * Returns what people see of Markdown when they read it on GitHub, and how many characters they do not see: invisible
 * ones, HTML comments, alternative texts and titles, definitions and footnotes that nothing refers to. Of HTML the text between the
 * tags stays; an image becomes its file name. Code stays as it is.
 */
export function readableText(markdown: string): Visible {
  const shown = visible(markdown);
  let { text, removed } = shown;
  if (isCostly(text)) {
    const plain = withoutTags(text);
    const rough = roughText(plain.text);
    return { text: rough.text.trim(), removed: removed + plain.removed + rough.removed };
  }
  for (let pass = 0; pass < passes; pass += 1) {
    const next = withoutHidden(text);
    removed += next.removed;
    if (next.text === text) break;
    text = next.text;
  }
  return { text: text.trim(), removed };
}

type Edit = Visible & Readonly<{ start: number; end: number }>;

function withoutHidden(text: string): Visible {
  const tree = fromMarkdown(text);
  const edits: Edit[] = [];
  collect(tree, { text, edits, wanted: referencesIn(tree) });
  let at = 0;
  let removed = 0;
  const parts: string[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at) continue;
    parts.push(text.slice(at, edit.start), edit.text);
    removed += edit.removed;
    at = edit.end;
  }
  return { text: parts.join('') + text.slice(at), removed };
}

type Collected = Readonly<{ text: string; edits: Edit[]; wanted: ReadonlySet<string> }>;

function collect(node: Nodes, into: Collected): void {
  const start = node.position?.start.offset ?? 0;
  const end = node.position?.end.offset ?? start;
  const seen = seenOf(node, into);
  if (seen) into.edits.push({ start, end, ...seen });
  if (node.type === 'link' && node.title) {
    const from = node.children.at(-1)?.position?.end.offset ?? start + 1;
    into.edits.push({ start: from, end, text: `](${node.url})`, removed: node.title.length });
  }
  if ('children' in node) collectBelow(node.children, into);
}

function collectBelow(nodes: readonly Nodes[], into: Collected): void {
  let inNote = false;
  for (const node of nodes) {
    const start = node.position?.start.offset ?? 0;
    const end = node.position?.end.offset ?? start;
    const text = into.text.slice(start, end);
    // What is indented behind a footnote belongs to it.
    if (inNote && node.type === 'code' && !/^[`~]/.test(text)) {
      into.edits.push({ start, end, text: '', removed: text.length });
      continue;
    }
    inNote = node.type === 'definition' && isHiddenNote(node, into.wanted);
    if (node.type === 'paragraph') {
      for (const note of hiddenNotes(text, into.wanted)) {
        const [from, to] = [start + note.start, start + note.end];
        into.edits.push({ start: from, end: to, text: '', removed: to - from });
        inNote = to === end;
      }
    }
    collect(node, into);
  }
}

function isHiddenNote({ identifier }: Definition, wanted: ReadonlySet<string>): boolean {
  return identifier.startsWith('^') && !wanted.has(identifier);
}

/** What is seen of a node, or undefined when it is seen as it stands. */
function seenOf(node: Nodes, { text, wanted }: Collected): Visible | undefined {
  if (node.type === 'html') {
    const from = node.position?.start.offset ?? 0;
    return withoutTags(text.slice(from, node.position?.end.offset ?? from));
  }
  if (node.type === 'image')
    return { text: imageWords(node.url), removed: lengths(node.alt, node.title) };
  if (node.type === 'imageReference') return { text: imageWords(''), removed: lengths(node.alt) };
  return node.type === 'definition' ? definitionSeen(node, wanted) : undefined;
}

/** Only the address of a definition shows, and only where something refers to it. */
function definitionSeen(
  { identifier, label, url, title }: Definition,
  wanted: ReadonlySet<string>,
): Visible | undefined {
  const name = label ?? identifier;
  if (!wanted.has(identifier)) return { text: '', removed: lengths(name, url, title) };
  return title ? { text: `[${name}]: ${url}`, removed: title.length } : undefined;
}

function lengths(...texts: readonly (string | null | undefined)[]): number {
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}

function referencesIn(node: Nodes): ReadonlySet<string> {
  if (node.type === 'linkReference') return new Set([node.identifier, ...referencesBelow(node)]);
  if (node.type === 'text') return new Set(notesReferredTo(node.value));
  return new Set(referencesBelow(node));
}

function referencesBelow(node: Nodes): readonly string[] {
  return 'children' in node ? node.children.flatMap((child) => [...referencesIn(child)]) : [];
}

const unseen = /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<\?[\s\S]*?(?:\?>|$)/g;
// Bounded, so that what never ends is not looked at from each of its beginnings.
const tag = /<[/!]?[a-z](?:"[^"]{0,1000}"|'[^']{0,1000}'|[^'"<>]{1,1000}){0,24}>/gi;
const toldElsewhere = /\s(?:alt|title|aria-label)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;
const source = /\ssrc\s*=\s*["']?([^"'\s>]*)/i;

function withoutTags(html: string): Visible {
  let removed = 0;
  const text = html
    .replaceAll(unseen, (match) => {
      removed += match.length;
      return '';
    })
    .replaceAll(tag, (match) => {
      for (const [, double, single] of match.matchAll(toldElsewhere))
        removed += (double ?? single ?? '').length;
      if (/^<img\b/i.test(match)) return imageWords(source.exec(match)?.[1] ?? '');
      return /^<\/?(?:br|p|div|li|tr|h[1-6])\b/i.test(match) ? '\n' : '';
    });
  return { text, removed };
}

function imageWords(url: string): string {
  const name = fileName(url);
  return name === '' ? '(image)' : `(image ${name})`;
}

/** Returns the last part of an address without what could be read as more than a name; empty when there is none. */
export function fileName(url: string): string {
  const path = url.split(/[?#]/)[0] ?? '';
  const last = path.split('/').findLast((part) => part !== '') ?? '';
  return last.replaceAll(/[^\w.-]/g, '_').slice(-80);
}
