import type { z } from 'zod';

/** A line that is not of the protocol. It names the places that are wrong, and no value. */
export class MalformedLine extends Error {
  override readonly name = 'MalformedLine';
}

/** Reads one line of JSON. Throws MalformedLine. `line` is undefined where it was too long. */
export function parseLine<S extends z.ZodType>(schema: S, line: string | undefined): z.infer<S> {
  const read = schema.safeParse(jsonOf(line));
  if (read.success) return read.data;
  const places = read.error.issues.slice(0, 5).map(({ path }) => path.map(String).join('.'));
  throw new MalformedLine(`A line is malformed at ${places.join(', ')}`);
}

function jsonOf(line: string | undefined): unknown {
  if (line === undefined) throw new MalformedLine('A line is too long');
  try {
    return JSON.parse(line);
  } catch {
    // What it says would name its content.
    throw new MalformedLine('A line is not JSON');
  }
}
