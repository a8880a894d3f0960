import type { ToolTrace } from './tool-trace.ts';

/**
 * Why the run looks stuck, in one sentence for the model, or undefined. The same call with the same result three
 * times, two calls in turns, five errors in a row, or fifteen turns that changed nothing and asked nothing new.
 */
export function stuckReason(traces: readonly ToolTrace[]): string | undefined {
  if (repeats(traces, 3)) return 'The same call gave the same result three times.';
  if (alternates(traces)) return 'Two calls alternate with the same results.';
  if (traces.length >= 5 && traces.slice(-5).every((trace) => trace.is_error)) {
    return 'Five calls in a row failed.';
  }
  if (idles(traces)) return 'Fifteen turns brought neither a change nor anything new.';
  return undefined;
}

const key = (trace: ToolTrace) => `${trace.call}:${trace.result}`;

function repeats(traces: readonly ToolTrace[], times: number): boolean {
  const last = traces.slice(-times);
  return last.length === times && !last.some(isProgress) && new Set(last.map(key)).size === 1;
}

function alternates(traces: readonly ToolTrace[]): boolean {
  const [a, b, c, d] = traces.slice(-4);
  if (!a || !b || !c || !d || [a, b, c, d].some(isProgress)) return false;
  return key(a) === key(c) && key(b) === key(d) && key(a) !== key(b);
}

function idles(traces: readonly ToolTrace[]): boolean {
  const last = traces.at(-1);
  if (!last) return false;
  const recent = traces.filter((trace) => trace.turn > last.turn - 15);
  if (new Set(recent.map((trace) => trace.turn)).size < 15 || recent.some(isProgress)) return false;
  const earlier = new Set(traces.slice(0, -recent.length).map(key));
  return recent.every((trace) => earlier.has(key(trace)));
}

function isProgress(trace: ToolTrace): boolean {
  return trace.mutated;
}
