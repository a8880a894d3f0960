import { createShards, type Shards } from './carried/shards.ts';
import { unpack } from './carried/unpack.ts';
import { findPatterns, type SecretPattern, type Span } from './secret-patterns.ts';

/** What stands in the place of a secret. */
export const redactedMark = '[redacted]';

/** Shorter values would blank out ordinary words. */
const minLength = 8;

/** A secret in a text: what kind, and the index (UTF-16 units) at which it starts. */
export type FoundSecret = Readonly<{ kind: 'registered' | SecretPattern; index: number }>;

/** Whether a value is redacted from now on, and if not, why. */
export type Registration = Readonly<
  { registered: true } | { registered: false; reason: 'too short' | 'part of the mark' }
>;

/** Removes secrets from text. Each call takes time in proportion to the text's length. */
export type Redactor = Readonly<{
  redact: (text: string) => string;
  findSecrets: (text: string) => FoundSecret[];
  /**
   * What a content carries that `findSecrets` does not see: a secret in pieces, encoded more than once, or packed. Slower,
   * and made for what is about to be published.
   */
  findCarried: (content: Buffer) => FoundSecret['kind'] | undefined;
  register: (value: string) => Registration;
  /** A value that was registered is not looked for any more. */
  forget: (value: string) => void;
}>;

/**
 * Returns a redactor that knows these values and any registered later, in plain, reversed, base64 (at each of the
 * three offsets, both alphabets), hex, URL-encoded and JSON-escaped form. Tokens of known shape are caught besides;
 * that net is for secrets of others, ours are registered. Values under 8 characters are not registered.
 */
export function createRedactor(values: readonly string[]): Redactor {
  const forms = new Map<string, ReadonlySet<string>>();
  // Most redactors never look for pieces, and to cut a long token up takes milliseconds.
  let shards: Shards | undefined;
  const isInPieces = (text: string) => {
    shards ??= shardsOf(forms.keys());
    return shards.foundIn(text);
  };

  const register = (value: string): Registration => {
    if (value.length < minLength) return { registered: false, reason: 'too short' };
    if (redactedMark.includes(value)) return { registered: false, reason: 'part of the mark' };
    if (forms.has(value)) return { registered: true };
    forms.set(value, new Set(formsOf(value)));
    shards?.add(value);
    return { registered: true };
  };
  for (const value of values) register(value);

  return {
    register,
    forget: (value) => {
      if (forms.delete(value)) shards = undefined;
    },
    redact: (text) => {
      const spans = [...findForms(text, forms), ...findPatterns(text)];
      return spans.length === 0 ? text : blank(text, spans);
    },
    findCarried: (content) => {
      for (const layer of unpack(content)) {
        const text = layer.toString('latin1');
        if (findForms(text, forms).length > 0 || isInPieces(text)) return 'registered';
        const [found] = layer === content ? [] : findPatterns(text).filter(isToken(text));
        if (found) return found.kind;
      }
      return undefined;
    },
    findSecrets: (text) => [
      ...merge(findForms(text, forms)).map(({ start }) => ({
        kind: 'registered' as const,
        index: start,
      })),
      ...findPatterns(text)
        .filter((span) => !isPlaceholder(text.slice(span.start, span.end)))
        .map(({ kind, start }) => ({ kind, index: start })),
    ],
  };
}

function shardsOf(values: Iterable<string>): Shards {
  const shards = createShards();
  for (const value of values) shards.add(value);
  return shards;
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const hex = bytes.toString('hex');
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    Array.from(value).toReversed().join(''),
    ...base64Forms(bytes),
    hex,
    hex.toUpperCase(),
    ...urlForms(value),
    json,
    JSON.stringify(json).slice(1, -1),
    ...linesOf(value),
  ];
}

/** The characters of base64 that the value alone decides, wherever in the encoded bytes it starts. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    const form = encoded.slice(from, to);
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function urlForms(value: string): string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const strict = encoded.replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = new URLSearchParams({ v: value.toWellFormed() }).toString().slice(2);
  return [encoded, strict, form].flatMap((form) => [
    form,
    form.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
  ]);
}

/** A key of several lines is often printed in parts: its longer lines count by themselves. */
function linesOf(value: string): string[] {
  return value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line, _, lines) => lines.length > 1 && line.length >= 20 && !line.startsWith('---'));
}

function findForms(text: string, forms: ReadonlyMap<string, ReadonlySet<string>>): Span[] {
  const spans: Span[] = [];
  for (const own of forms.values()) {
    for (const form of own) {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
        spans.push({ start: at, end: at + form.length });
      }
    }
  }
  return spans;
}

/** Overlapping and touching spans as one, in order. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else merged.push(span);
  }
  return merged;
}

function blank(text: string, spans: readonly Span[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of merge(spans)) {
    parts.push(text.slice(at, start), redactedMark);
    at = end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** Of bytes that were decoded on trial only the shapes count that no chance makes. */
function isToken(text: string): (found: Span & Readonly<{ kind: SecretPattern }>) => boolean {
  return ({ kind, start, end }) =>
    kind !== 'jwt' && kind !== 'url_credentials' && !isPlaceholder(text.slice(start, end));
}

/** True for examples in documentation and code: `ghp_xxxxxxxx…`, `://${user}:${password}@`. */
function isPlaceholder(secret: string): boolean {
  return new Set(secret).size < 10 || /\$\{|\{\{|<[a-z]|\*\*\*/i.test(secret);
}
