/** What a manifest says that the gate looks at: where it says it, and what. */
export type Facts = ReadonlyMap<string, string>;

/** Returns a fact for each entry of an object, under the name of the place where it stands. */
export function factsOf(place: string, values: Readonly<Record<string, unknown>>): Facts {
  return new Map(
    Object.entries(values).map(([key, value]) => [`${place}.${key}`, JSON.stringify(value)]),
  );
}

/** Returns facts by their names; of several with the same name each counts. */
export function factsByName(list: readonly (readonly [string, string])[]): Facts {
  const facts = new Map<string, string>();
  for (const [name, value] of list) {
    const known = facts.get(name);
    facts.set(name, known === undefined ? value : `${known}\n${value}`);
  }
  return facts;
}
