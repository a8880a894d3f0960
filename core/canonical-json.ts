/**
 * Returns JSON in which the same value always has the same bytes: keys sorted, no white space, fields without a value
 * left out.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isRecord(part) ? sorted(part) : part));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By code unit, so that no locale plays a part. */
function sorted(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(record).toSorted((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, record[name]]));
}
