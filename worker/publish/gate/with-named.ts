/** Nobody writes that many by hand, and patterns are compared with each of them. */
const most = 1_000;

/**
 * Returns the scripts whose names match, and all that they, or those, run by their names: `npm run x`, `@x`, `x:*`. Of a
 * pattern what stands before its first sign counts, and behind its last where all are stars. Throws for more than 1,000
 * scripts. Pure.
 */
export function withNamed(
  scripts: Readonly<Record<string, unknown>>,
  wanted: RegExp,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(scripts);
  if (names.length > most) throw new Error('There are too many scripts');
  const known = new Set(names);
  const found = new Set(names.filter((name) => wanted.test(name)));
  const looked = new Set<string>();
  for (const name of found)
    for (const word of wordsOf(scripts[name]).filter((one) => !looked.has(one))) {
      looked.add(word);
      for (const other of meantBy(word, known)) found.add(other);
    }
  return Object.fromEntries([...found].map((name) => [name, scripts[name]]));
}

/** A sign of a pattern; a bracket that stands alone is one of the shell's commands. */
const pattern = /[*?]|(?<=.)[[{!]|^[[{!](?=[^[=])/;

function meantBy(word: string, names: ReadonlySet<string>): readonly string[] {
  const exact = [word, `pre${word}`, `post${word}`].filter((name) => names.has(name));
  const sign = word.search(pattern);
  if (sign < 0) return exact;
  const start = word.slice(0, sign);
  const end = /[[\]{}!]/.test(word) ? '' : word.slice(word.search(/[^*?]*$/));
  const fits = (name: string) => name.startsWith(start) && name.endsWith(end);
  return [...exact, ...[...names].filter(fits)];
}

/** A script is one command, or a list of them. */
function wordsOf(script: unknown): readonly string[] {
  const commands = Array.isArray(script) ? script.map(String) : [String(script)];
  return [...new Set(commands.join(' ').split(/[\s"'`\\@;&|(),]+/))];
}
