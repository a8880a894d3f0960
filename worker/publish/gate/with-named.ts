/** Returns the scripts whose names match, and all that they, or those, run by their names: `npm run x`, `@x`, `x:*`. Pure. */
export function withNamed(
  scripts: Readonly<Record<string, unknown>>,
  wanted: RegExp,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(scripts);
  const found = new Set(names.filter((name) => wanted.test(name)));
  for (const name of found)
    for (const word of wordsOf(scripts[name])) {
      const open = word.endsWith('*') ? word.replace(/\*+$/, '') : undefined;
      const meant = [word, `pre${word}`, `post${word}`];
      for (const other of names)
        if (meant.includes(other) || (open && other.startsWith(open))) found.add(other);
    }
  return Object.fromEntries([...found].map((name) => [name, scripts[name]]));
}

/** A script is one command, or a list of them. */
function wordsOf(script: unknown): ReadonlySet<string> {
  const commands = Array.isArray(script) ? script.map(String) : [String(script)];
  return new Set(commands.join(' ').split(/[\s"'`\\@;&|(),]+/));
}
