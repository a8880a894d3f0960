import { createRequire } from 'node:module';

export type Json = { [key: string]: unknown };

const require = createRequire(import.meta.url);
const recorded = require('@octokit/webhooks-examples') as readonly {
  name: string;
  examples: readonly Json[];
}[];

/**
 * A payload of the shape that GitHub has once sent: the recorded one of this event and action, preferably one of an
 * App, or of another action when there is none. Empty for an event that nobody has recorded.
 */
export function recordedPayload(event: string, action: string | undefined): Json {
  const all = recorded.find(({ name }) => name === event)?.examples ?? [];
  const same = all.filter((one) => action === undefined || one['action'] === action);
  const found = same.find((one) => 'installation' in one) ?? same[0] ?? all[0] ?? {};
  return action === undefined ? found : { ...found, action };
}

/** The change on top of the base: objects are merged, everything else replaced. */
export function changed(base: unknown, change: unknown): unknown {
  if (!isObject(base) || !isObject(change)) return change;
  const merged: Json = { ...base };
  for (const [name, value] of Object.entries(change)) merged[name] = changed(merged[name], value);
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
