/** The hidden line at the start of one of our texts: what it is for, and whose. */
export function markerIn(text: string): Readonly<{ kind: string; id: string }> | undefined {
  const [, kind, id] = /^<!-- cody-batch:([a-z]+):(\S+) -->/.exec(text) ?? [];
  return kind === undefined || id === undefined ? undefined : { kind, id };
}
