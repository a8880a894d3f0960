import { describe, expect, it } from 'vitest';
import { createResponseCache } from '../../../core/github/response-cache.ts';

const answer = (data: string) => ({ status: 200, headers: { etag: `"${data}"` }, data });

describe('what a client remembers', () => {
  it('is bounded, and what was not used for longest leaves first', () => {
    const cache = createResponseCache<unknown>({ entries: 2, bodyBytes: 1_000 });
    cache.put('a', answer('a'));
    cache.put('b', answer('b'));
    const held = cache.hold('a');
    expect(held?.answer()).toMatchObject({ data: 'a' });
    cache.put('c', answer('c'));
    expect(['a', 'b', 'c'].map((key) => cache.hold(key)?.etag)).toEqual(['"a"', undefined, '"c"']);
  });

  it('is nothing large, nothing without a tag, and nothing of an older answer', () => {
    const cache = createResponseCache<unknown>({ entries: 9, bodyBytes: 100 });
    cache.put('a', answer('a'));
    cache.put('a', answer('x'.repeat(200)));
    cache.put('b', { status: 200, headers: {}, data: 'b' });
    expect([cache.hold('a'), cache.hold('b')]).toEqual([undefined, undefined]);
  });

  it('is still there for a question that was asked before it left', () => {
    const cache = createResponseCache<unknown>({ entries: 1, bodyBytes: 1_000 });
    cache.put('a', answer('a'));
    const held = cache.hold('a');
    cache.put('b', answer('b'));
    cache.put('a', answer('new'));
    expect([held?.etag, held?.answer()]).toEqual(['"a"', answer('a')]);
  });
});
