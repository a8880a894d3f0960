/** Lets a caller through, or says in how many ms to come again. */
export type RateLimit = (caller: string) => number | undefined;

type Options = Readonly<{
  /** Calls that may be made at once. */
  burst: number;
  perSecond: number;
  now: () => number;
}>;

type Bucket = { left: number; at: number };

/** Callers that are remembered at once. */
const most = 10_000;

/**
 * Creates a token bucket per caller. It lives in this process: where there are several, each allows as much. That
 * keeps a caller from wearing the service out, and costs no write to the table per call.
 */
export function createRateLimit({ burst, perSecond, now }: Options): RateLimit {
  const buckets = new Map<string, Bucket>();
  const fullAfterMs = (burst / perSecond) * 1000;
  return (caller) => {
    const at = now();
    const known = buckets.get(caller);
    const refilled = known ? known.left + ((at - known.at) / 1000) * perSecond : burst;
    const left = Math.min(burst, refilled);
    // Set again, so that the map is in the order of use.
    buckets.delete(caller);
    buckets.set(caller, { left: left >= 1 ? left - 1 : left, at });
    forgetOldest(buckets, at - fullAfterMs);
    return left >= 1 ? undefined : Math.ceil(((1 - left) / perSecond) * 1000);
  };
}

/** A bucket that is full again says no more than none. */
function forgetOldest(buckets: Map<string, Bucket>, fullSince: number): void {
  for (const [caller, { at }] of buckets) {
    if (buckets.size <= most && at > fullSince) return;
    buckets.delete(caller);
  }
}
