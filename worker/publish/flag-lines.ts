/** How many files a line names that was made of several. */
const maxNames = 10;

/** A line about files: what is said of them, their names as code spans, and how many more there are. */
type Parts = Readonly<{ rule: string; about: string; names: readonly string[]; more: number }>;

const line = /^(?:(?<rule>`\w+`): )?(?<about>[^`]*): (?<files>`.*?)(?: and (?<more>\d+) more)?$/;
const brief = /^(?:(?<rule>`\w+`)|(?<about>[^`]*)): (?<more>\d+) files?$/;
const span = /(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g;

/**
 * Returns the lines of both with one line for each rule, which names the files of both: what several commits meet does
 * not grow with their number. Lines of another form stay as they are. Pure.
 */
export function mergedLines(shown: readonly string[], fresh: readonly string[]): readonly string[] {
  const merged = new Map<string, string>();
  for (const text of [...shown, ...fresh]) {
    const parts = partsOf(text);
    const key = parts ? parts.rule || parts.about : text;
    const before = partsOf(merged.get(key) ?? '');
    merged.set(key, parts && before ? joined(before, parts) : text);
  }
  return [...merged.values()];
}

/** Returns the lines with the number of files in place of their names. Pure. */
export function briefLines(lines: readonly string[]): readonly string[] {
  return lines.map((text) => {
    const parts = partsOf(text);
    return parts ? briefLine(parts) : text;
  });
}

function briefLine({ rule, about, names, more }: Parts): string {
  const count = names.length + more;
  return `${rule || about}: ${String(count)} ${count === 1 ? 'file' : 'files'}`;
}

function partsOf(text: string): Parts | undefined {
  const found = (line.exec(text) ?? brief.exec(text))?.groups;
  if (!found) return undefined;
  const { rule = '', about = '', files = '', more } = found;
  const names = [...files.matchAll(span)].map(([name]) => name);
  return { rule, about, names, more: Number(more ?? 0) };
}

/** Files that neither names may be the same ones: at least that many are left out. */
function joined(one: Parts, other: Parts): string {
  const names = [...new Set([...one.names, ...other.names])];
  const more = Math.max(one.more, other.more) + Math.max(0, names.length - maxNames);
  const about = one.about || other.about;
  if (names.length === 0) return briefLine({ rule: one.rule, about, names, more });
  const files = names.slice(0, maxNames).join(', ');
  const head = one.rule === '' ? about : `${one.rule}: ${about}`;
  return `${head}: ${files}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
