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
  return (caller) => {
    const at = now();
    const known = buckets.get(caller);
    const refilled = known ? known.left + ((at - known.at) / 1000) * perSecond : burst;
    const left = Math.min(burst, refilled);
    // Set again, so that the map is in the order of use.
    buckets.delete(caller);
    buckets.set(caller, { left: left >= 1 ? left - 1 : left, at });
    if (buckets.size > most) forgetOldest(buckets);
    return left >= 1 ? undefined : Math.ceil(((1 - left) / perSecond) * 1000);
  };
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  const [oldest] = buckets.keys();
  if (oldest !== undefined) buckets.delete(oldest);
}
