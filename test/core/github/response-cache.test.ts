import { describe, expect, it } from 'vitest';
import { createResponseCache } from '../../../core/github/response-cache.ts';

const answer = (data: string) => ({ status: 200, headers: { etag: `"${data}"` }, data });

describe('what a client remembers', () => {
  it('is bounded, and what was not used for longest leaves first', () => {
    const cache = createResponseCache<unknown>({ entries: 2, bodyBytes: 1_000 });
    cache.put('a', answer('a'));
    cache.put('b', answer('b'));
    expect(cache.get('a')).toMatchObject({ data: 'a' });
    cache.put('c', answer('c'));
    expect(['a', 'b', 'c'].map((key) => cache.etag(key))).toEqual(['"a"', undefined, '"c"']);
  });

  it('is nothing large, nothing without a tag, and nothing of an older answer', () => {
    const cache = createResponseCache<unknown>({ entries: 9, bodyBytes: 100 });
    cache.put('a', answer('a'));
    cache.put('a', answer('x'.repeat(200)));
    cache.put('b', { status: 200, headers: {}, data: 'b' });
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, undefined]);
  });
});
