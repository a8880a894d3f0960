/** One `key = value` of a TOML file: where it stands, tables and dotted keys alike, and its value as written. */
export type TomlEntry = Readonly<{ path: readonly string[]; value: string }>;

/**
 * Reads the entries of a TOML file, without comments; undefined when it can't be told where one ends. Values are not
 * read further, so that two ways to write the same one differ. Source: TOML v1.0.0.
 */
export function tomlEntries(text: string): readonly TomlEntry[] | undefined {
  const entries: TomlEntry[] = [];
  let table: readonly string[] = [];
  for (const statement of statements(text.replace(/^\uFEFF/, ''))) {
    const header = /^(\[\[?)([^]*?)\]\]?$/.exec(statement);
    const equals = header ? -1 : endOfKey(statement);
    const path = keyParts(header?.[2] ?? statement.slice(0, Math.max(equals, 0)));
    if (!path || (!header && equals < 0)) return undefined;
    if (header) table = path;
    else entries.push({ path: [...table, ...path], value: statement.slice(equals + 1).trim() });
  }
  return entries;
}

/** A string of any of the four kinds, a comment, or one other character. One that does not end goes to the end. */
const token =
  /"""[^]*?(?:"""(?!")|$)|'''[^]*?(?:'''(?!')|$)|"(?:[^"\\\n]|\\.)*(?:"|\\?(?=\n)|\\?$)|'[^'\n]*'?|#[^\n]*|[^]/g;

/** A statement ends with its line, outside of strings and brackets. */
function statements(text: string): readonly string[] {
  const found: string[] = [];
  let statement = '';
  let depth = 0;
  for (const [part] of text.matchAll(token)) {
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

function endOfKey(statement: string): number {
  const key = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'=])*=/.exec(statement);
  return key ? key[0].length - 1 : -1;
}

function keyParts(key: string): readonly string[] | undefined {
  const parts = key.trim().match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^.\s"']+/g);
  return parts?.map((part) => plainKey(part));
}

/** `"b\u0075ild"` is `build`. */
function plainKey(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (!part.startsWith('"')) return part;
  return part
    .slice(1, -1)
    .replaceAll(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short: string, long: string) => {
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
