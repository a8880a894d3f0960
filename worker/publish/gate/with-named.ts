/** Returns the scripts whose names match, and all that they, or those, run by their names: `npm run x`, `@x`. Pure. */
export function withNamed(
  scripts: Readonly<Record<string, unknown>>,
  wanted: RegExp,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(scripts);
  const found = new Set(names.filter((name) => wanted.test(name)));
  for (const name of found)
    for (const word of JSON.stringify(scripts[name]).split(/[\s"'`\\@;&|(),]+/)) {
      for (const run of [word, `pre${word}`, `post${word}`])
        if (Object.hasOwn(scripts, run)) found.add(run);
    }
  return Object.fromEntries([...found].map((name) => [name, scripts[name]]));
}
