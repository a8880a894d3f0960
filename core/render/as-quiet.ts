import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { isCostly } from './costly.ts';
import { loudParts } from './loud-parts.ts';
import { openBlocks } from './open-blocks.ts';
import { lastBlank } from './whole-spans.ts';

/**
 * True when a beginning of Markdown text holds nothing for GitHub to act on that the whole does not hold: no other name,
 * issue, address, link, image or tag. A cut can make one of what was code, or of a longer one. Only the stretch between
 * empty lines around the cut is looked at; one that would take the parser too long counts as not quiet. Pure.
 */
export function isAsQuiet(kept: string, whole: string): boolean {
  const from = lastBlank(kept);
  const part = kept.slice(from);
  // In a fence nothing is loud.
  if (!mayBeLoud.test(part) || openBlocks(kept.slice(0, from)).includes('`')) return true;
  const next = whole.slice(kept.length).search(/\n[ \t>]{0,99}\n/);
  const around = whole.slice(from, next === -1 ? whole.length : kept.length + next);
  if (around === part) return true;
  if (isCostly(around)) return false;
  const known = new Set(signsOf(around));
  return signsOf(part).every((sign) => known.has(sign));
}

const mayBeLoud = /[@#:<[&\\]|www\.|GH-/i;

function signsOf(text: string): readonly string[] {
  const tree = fromMarkdown(text.trimStart());
  return [...loudParts(tree).map(({ type, what }) => `${type} ${what}`), ...nodeSigns(tree)];
}

function nodeSigns(node: Nodes): readonly string[] {
  if (node.type === 'html') return node.value.match(/<[/!]?[a-z]*/gi) ?? [];
  if (node.type === 'image' || node.type === 'definition') return [`${node.type} ${node.url}`];
  if (node.type === 'imageReference') return [`${node.type} ${node.identifier}`];
  const own = node.type === 'link' ? [`link ${node.url}`] : [];
  return 'children' in node ? [...own, ...node.children.flatMap(nodeSigns)] : own;
}
