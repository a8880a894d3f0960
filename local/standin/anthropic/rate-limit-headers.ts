const LIMITS = { requests: 4000, 'input-tokens': 2_000_000, 'output-tokens': 400_000 } as const;
const WINDOW_MS = 60_000;

type Kind = keyof typeof LIMITS;

/** Counts what was used in the current minute of the clock and tells it as `anthropic-ratelimit-*` headers. */
export function createRateLimitHeaders({ now }: { now: () => number }) {
  let window = -1;
  let used = { requests: 0, 'input-tokens': 0, 'output-tokens': 0 };

  /** Returns the headers after this request has been counted. Resets are RFC 3339. */
  return (tokens: Readonly<{ input: number; output: number }>): Record<string, string> => {
    const current = Math.floor(now() / WINDOW_MS);
    if (current !== window) {
      window = current;
      used = { requests: 0, 'input-tokens': 0, 'output-tokens': 0 };
    }
    used.requests += 1;
    used['input-tokens'] += tokens.input;
    used['output-tokens'] += tokens.output;
    const reset = new Date((current + 1) * WINDOW_MS).toISOString();
    const allTokens = LIMITS['input-tokens'] + LIMITS['output-tokens'];
    const usedTokens = used['input-tokens'] + used['output-tokens'];
    return {
      ...headers('requests', LIMITS.requests, { used: used.requests, reset }),
      ...headers('tokens', allTokens, { used: usedTokens, reset }),
      ...inputAndOutput(used, reset),
    };
  };
}

function inputAndOutput(used: Readonly<Record<Kind, number>>, reset: string) {
  return {
    ...headers('input-tokens', LIMITS['input-tokens'], { used: used['input-tokens'], reset }),
    ...headers('output-tokens', LIMITS['output-tokens'], { used: used['output-tokens'], reset }),
  };
}

function headers(
  kind: string,
  limit: number,
  { used, reset }: { used: number; reset: string },
): Record<string, string> {
  return {
    [`anthropic-ratelimit-${kind}-limit`]: String(limit),
    [`anthropic-ratelimit-${kind}-remaining`]: String(Math.max(0, limit - used)),
    [`anthropic-ratelimit-${kind}-reset`]: reset,
  };
}
