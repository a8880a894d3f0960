import { createHash } from 'node:crypto';
import { invalidRequest } from './api-error.ts';
import type { CacheControl } from './message-request.ts';
import type { Model } from './models.ts';
import { promptTokens, type Segment } from './render-prompt.ts';

/** How one prompt is billed, in tokens. `input` is the uncached part alone. */
export type CacheUse = Readonly<{ input: number; read: number; write5m: number; write1h: number }>;

export type PromptCache = Readonly<{
  /**
   * Returns the use of `prompt` now. Contract: what it writes is readable only after `commit`, which is called
   * when the response starts streaming.
   */
  plan: (model: Model, prompt: readonly Segment[]) => CacheUse & { commit: () => void };
}>;

type Breakpoint = Readonly<{ position: number; ttl: '5m' | '1h' }>;
type Entry = { ttl: '5m' | '1h'; expiresAt: number };

const TTL_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const;
const MAX_BREAKPOINTS = 4;
const LOOK_BACK_BLOCKS = 20;
/** The opening of the assistant's turn, never cached. */
const OPENING_TOKENS = 3;

/** Returns a cache by byte prefix on the clock `now` (ms). */
export function createPromptCache({ now }: { now: () => number }): PromptCache {
  const entries = new Map<string, Entry>();

  const plan = (model: Model, prompt: readonly Segment[]) => {
    const at = now();
    const hashes = prefixHashes(model.id, prompt);
    const breakpoints = findBreakpoints(prompt).filter(
      ({ position }) => tokensUpTo(prompt, position) >= model.cacheMinimum,
    );
    const hit = findHit(breakpoints, (position) => {
      const entry = entries.get(hashes[position] ?? '');
      return entry !== undefined && entry.expiresAt > at;
    });
    const written = breakpoints.filter(({ position }) => position > hit);
    const commit = () => {
      const touched = entries.get(hashes[hit] ?? '');
      if (touched !== undefined) touched.expiresAt = now() + TTL_MS[touched.ttl];
      for (const { position, ttl } of written) {
        entries.set(hashes[position] ?? '', { ttl, expiresAt: now() + TTL_MS[ttl] });
      }
    };
    return { ...useOf(prompt, hit, written), commit };
  };
  return { plan };
}

/**
 * Returns the prompt with the automatic top-level breakpoint on its last cacheable block. Throws a 400 for more
 * than four breakpoints and for a one-hour breakpoint after a five-minute one.
 */
export function placeBreakpoints(
  prompt: readonly Segment[],
  automatic: CacheControl | null,
): Segment[] {
  const placed = automatic === null ? [...prompt] : withAutomatic(prompt, automatic);
  const breakpoints = findBreakpoints(placed);
  if (breakpoints.length > MAX_BREAKPOINTS) {
    throw invalidRequest(
      `A maximum of ${MAX_BREAKPOINTS} blocks with cache_control may be provided. Found ${breakpoints.length}.`,
    );
  }
  const firstShort = breakpoints.findIndex(({ ttl }) => ttl === '5m');
  if (firstShort !== -1 && breakpoints.slice(firstShort).some(({ ttl }) => ttl === '1h')) {
    throw invalidRequest(
      "cache_control: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.",
    );
  }
  return placed;
}

function withAutomatic(prompt: readonly Segment[], automatic: CacheControl): Segment[] {
  const last = prompt.findLastIndex(({ message }) => message?.block.type !== 'thinking');
  return prompt.map((segment, position) => {
    if (position !== last) return segment;
    if (segment.cacheControl !== null && ttlOf(segment.cacheControl) !== ttlOf(automatic)) {
      throw invalidRequest(
        'cache_control: the last block already has a cache_control with another ttl.',
      );
    }
    return { ...segment, cacheControl: automatic };
  });
}

function findBreakpoints(prompt: readonly Segment[]): Breakpoint[] {
  return prompt.flatMap(({ cacheControl }, position) =>
    cacheControl === null ? [] : [{ position, ttl: ttlOf(cacheControl) }],
  );
}

function ttlOf(cacheControl: CacheControl): '5m' | '1h' {
  return cacheControl.ttl ?? '5m';
}

// The longest prefix wins; each breakpoint looks at itself and at the blocks before it, twenty in all.
function findHit(
  breakpoints: readonly Breakpoint[],
  isReadable: (position: number) => boolean,
): number {
  for (const { position } of breakpoints.toReversed()) {
    const earliest = Math.max(0, position - LOOK_BACK_BLOCKS + 1);
    for (let candidate = position; candidate >= earliest; candidate -= 1) {
      if (isReadable(candidate)) return candidate;
    }
  }
  return -1;
}

function useOf(prompt: readonly Segment[], hit: number, written: readonly Breakpoint[]): CacheUse {
  const write = { '5m': 0, '1h': 0 };
  let from = hit;
  for (const { position, ttl } of written) {
    write[ttl] += tokensUpTo(prompt, position) - tokensUpTo(prompt, from);
    from = position;
  }
  const uncached = promptTokens(prompt) - tokensUpTo(prompt, from);
  return {
    input: uncached + OPENING_TOKENS,
    read: tokensUpTo(prompt, hit),
    write5m: write['5m'],
    write1h: write['1h'],
  };
}

function tokensUpTo(prompt: readonly Segment[], position: number): number {
  return promptTokens(prompt.slice(0, position + 1));
}

// Changing the model starts anew: the id is part of every prefix.
function prefixHashes(modelId: string, prompt: readonly Segment[]): string[] {
  const hash = createHash('sha256').update(modelId);
  return prompt.map(({ bytes }) => {
    hash.update('\0').update(bytes);
    return hash.copy().digest('base64');
  });
}
