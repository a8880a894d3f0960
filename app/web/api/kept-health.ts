import type { Health } from '../../health.ts';

const keptMs = 2_000;

/** Returns a reader of the health that asks the queues and the table once in two seconds, however many call it. */
export function keptHealth(read: () => Promise<Health>, now: () => number): () => Promise<Health> {
  let kept: Readonly<{ until: number; health: Promise<Health> }> | undefined;
  return () => {
    if (!kept || now() >= kept.until) kept = { until: now() + keptMs, health: read() };
    return kept.health;
  };
}
