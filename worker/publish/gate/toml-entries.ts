/** One `key = value` of a TOML file: where it stands, tables and dotted keys alike, and its value as written. */
export type TomlEntry = Readonly<{ path: readonly string[]; value: string }>;

/** Tables lie in each other by hand only so deep; a name is copied for each of its entries. */
const deepest = 50;

/**
 * Reads the entries of a TOML file, without comments; undefined for what is no TOML, and where it can't be told what a
 * key is or where a text ends. Values are not read further, so that two ways to write the same one differ. Source: TOML
 * v1.0.0.
 */
export function tomlEntries(text: string): readonly TomlEntry[] | undefined {
  const entries: TomlEntry[] = [];
  let table: readonly string[] = [];
  const found = statements(text.replace(/^\uFEFF/, ''));
  if (!found) return undefined;
  for (const statement of found) {
    const header = /^(\[\[?)([^]*?)\]\]?$/.exec(statement);
    const equals = header ? -1 : endOfKey(statement);
    const path = keyParts(header?.[2] ?? statement.slice(0, Math.max(equals, 0)));
    if (!path || (!header && equals < 0)) return undefined;
    if (header) table = path;
    else entries.push({ path: [...table, ...path], value: statement.slice(equals + 1).trim() });
  }
  return entries;
}

/** The four kinds of strings. A backslash goes with what is behind it. */
const string = String.raw`"""(?:\\[^]|[^\\])*?"""(?!")|'''[^]*?'''(?!')|"(?!"")(?:[^"\\\n]|\\[^\n])*"|'(?!'')[^'\n]*'`;

/** A string, a comment, or one other character. A quote that begins no string stands alone. */
const token = new RegExp(String.raw`${string}|#[^\n]*|[^]`, 'g');

/** No TOML file holds them. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\0-\x08\v\f\x0e-\x1f\x7f]|\r(?!\n)/;

/** A statement ends with its line, outside of strings and brackets. Undefined where a string does not end. */
function statements(text: string): readonly string[] | undefined {
  if (control.test(text)) return undefined;
  const found: string[] = [];
  let statement = '';
  let depth = 0;
  for (const [part] of text.matchAll(token)) {
    if (part === '"' || part === "'") return undefined;
    if ('[{'.includes(part)) depth += 1;
    if (']}'.includes(part)) depth -= 1;
    if (part === '\n' && depth <= 0) {
      found.push(statement);
      statement = '';
      depth = 0;
    } else if (!part.startsWith('#')) statement += part;
  }
  return [...found, statement].map((one) => one.trim()).filter((one) => one !== '');
}

/** Returns the strings in a value of an entry, with their quotes. Pure. */
export function tomlStrings(value: string): readonly string[] {
  return value.match(new RegExp(string, 'g')) ?? [];
}

const keyPart = String.raw`(?:"(?:[^"\\\n]|\\[^\n])*"|'[^'\n]*'|[\w-]+)`;
const wholeKey = new RegExp(String.raw`^${keyPart}(?:[ \t]*\.[ \t]*${keyPart})*$`);

function endOfKey(statement: string): number {
  const key = /^(?:"(?:[^"\\]|\\[^])*"|'[^']*'|[^"'=])*=/.exec(statement);
  return key ? key[0].length - 1 : -1;
}

function keyParts(key: string): readonly string[] | undefined {
  const said = key.trim();
  if (!wholeKey.test(said)) return undefined;
  const parts = said.match(new RegExp(keyPart, 'g')) ?? [];
  if (parts.length > deepest) return undefined;
  const plain = parts.map((part) => plainKey(part)).filter((part) => part !== undefined);
  return plain.length === parts.length ? plain : undefined;
}

/** `"b\u0075ild"` is `build`. Undefined for other escapes: tools do not agree on them. */
function plainKey(part: string): string | undefined {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (!part.startsWith('"')) return part;
  const inside = part.slice(1, -1);
  const escape = /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g;
  if (inside.replaceAll(escape, '').includes('\\')) return undefined;
  return inside.replaceAll(escape, (_, short: string, long: string) => {
    const code = Number.parseInt(short ?? long, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
  });
}

/** True when an entry lies at or below the place, or holds it, as an inline table does. `*` stands for any one part. */
export function touches({ path }: TomlEntry, place: string): boolean {
  const wanted = place.split('.');
  const shared = Math.min(wanted.length, path.length);
  return wanted.slice(0, shared).every((part, at) => part === '*' || part === path[at]);
}
