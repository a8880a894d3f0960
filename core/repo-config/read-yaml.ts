import { isCollection, isMap, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import { z } from 'zod';
import type { ConfigProblem } from './config-problem.ts';

const maxBytes = 64 * 1024;

/** A few aliases are convenience; many are an attack on the reader, or a mistake. */
const maxAliases = 10;

/** Names that objects of this language have from birth: nobody needs them as keys. */
const reservedKeys = ['__proto__', 'constructor', 'prototype'];

type Path = readonly (string | number)[];

/** A text that was read as YAML, or what keeps it from being read; `text` is then what could be decoded. */
export type ReadYaml =
  | Readonly<{
      type: 'map';
      root: Readonly<Record<string, unknown>>;
      /** The line (from 1) where a value stands, or `key` in the map there; of the nearest parent where it is missing. */
      lineOf: (path: Path, key?: string) => number | undefined;
    }>
  | Readonly<{ type: 'fault'; problem: ConfigProblem; text: string | undefined }>;

const Root = z.record(z.string(), z.unknown());

/** Reads one YAML document with a map at its top; an empty one is an empty map. Never throws. */
export function readYaml(given: string | Uint8Array): ReadYaml {
  const text = decode(given);
  if (typeof text !== 'string') return fault(text.fault);
  try {
    return readText(text);
  } catch {
    // The parser gives up on nesting that nobody writes.
    return fault('is nested too deeply', { text });
  }
}

function readText(text: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) {
    const line = lines.linePos(error.pos[0]).line;
    return fault(`is not valid YAML: ${sentence(error.message)}`, { text, line });
  }
  const reserved = reservedKey(document);
  if (reserved) {
    const line = lines.linePos(reserved.at).line;
    return fault(`has the key \`${reserved.key}\`, which can't be used`, { text, line });
  }
  const value = plainValue(document);
  if ('fault' in value) return fault(value.fault, { text });
  const root = Root.safeParse(value.value ?? {});
  if (!root.success) return fault('must hold keys with values at its top level', { text, line: 1 });
  return {
    type: 'map',
    root: root.data,
    lineOf: (path, key) => lineOf(document, lines, { path, key }),
  };
}

function fault(
  what: string,
  { text, line }: Readonly<{ text?: string; line?: number }> = {},
): ReadYaml {
  return { type: 'fault', problem: { path: '', line, text: `The file ${what}.` }, text };
}

function decode(given: string | Uint8Array): string | { fault: string } {
  const bytes = typeof given === 'string' ? Buffer.from(given, 'utf8') : given;
  if (bytes.length > maxBytes) return { fault: 'is larger than 64 KiB and was not read' };
  if (bytes.includes(0)) return { fault: 'holds a NUL byte and is no text in UTF-8' };
  try {
    // Drops a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { fault: 'is no text in UTF-8' };
  }
}

function plainValue(document: Document): { value: unknown } | { fault: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    return { value };
  } catch {
    return { fault: 'repeats aliases too often' };
  }
}

function reservedKey(document: Document): Readonly<{ key: string; at: number }> | undefined {
  let found: Readonly<{ key: string; at: number }> | undefined;
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || !reservedKeys.includes(String(key.value))) return undefined;
      found = { key: String(key.value), at: key.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}

function lineOf(
  document: Document,
  lines: LineCounter,
  { path, key }: Readonly<{ path: Path; key: string | undefined }>,
): number | undefined {
  const full = key === undefined ? path : [...path, key];
  const node = keyNode(document, full) ?? nearestNode(document, path);
  const at = node?.range?.[0];
  return at === undefined ? undefined : lines.linePos(at).line;
}

/** Where a key is written: better than where its value begins, which may be a line below. */
function keyNode(document: Document, path: Path): Node | undefined {
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  if (!isCollection(parent) || name === undefined) return undefined;
  if (!isMap(parent)) return asNode(parent.get(name, true));
  const pair = parent.items.find(
    (one) => isScalar(one.key) && String(one.key.value) === String(name),
  );
  return isPair(pair) && isScalar(pair.key) ? pair.key : undefined;
}

function nearestNode(document: Document, path: Path): Node | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = asNode(document.getIn(path.slice(0, length), true));
    if (node) return node;
  }
  return document.contents ?? undefined;
}

function asNode(value: unknown): Node | undefined {
  return isScalar(value) || isCollection(value) ? value : undefined;
}

/** The first line of a parser's message, which ends with the place that we name ourselves. */
function sentence(message: string): string {
  const [first = ''] = message.split('\n', 1);
  // What the parser makes of the end of its stack.
  if (/call stack/.test(first)) return 'it is nested too deeply';
  return first
    .replace(/ at line \d+, column \d+:?$/, '')
    .replaceAll(/[`\p{Cc}]+/gu, ' ')
    .slice(0, 200);
}
