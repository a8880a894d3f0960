import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../../local/standin/github/principal.ts';
import {
  createSecondaryLimit,
  type LimitName,
} from '../../../../local/standin/github/secondary-limit.ts';
import { type Running, startRunning } from './running-standin.ts';

const comment = {
  method: 'POST',
  template: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
};
const blob = { method: 'POST', template: '/repos/{owner}/{repo}/git/blobs' };
const read = { method: 'GET', template: '/repos/{owner}/{repo}' };

function start() {
  const clock = { now: 1_000_000 };
  const broken: LimitName[] = [];
  const limit = createSecondaryLimit({
    now: () => clock.now,
    minuteMs: 60_000,
    broken: (name) => void broken.push(name),
  });
  const caller = { type: 'installation', installation: { id: 7 } } as Principal;
  const enter = (request: typeof read, times: number) => {
    for (let count = 0; count < times; count += 1) limit.enter(caller, request)();
  };
  return { clock, broken, limit, caller, enter };
}

describe('an installation', () => {
  it('creates 80 things in any minute and is refused the next, until the first is a minute old', () => {
    const { clock, broken, enter } = start();
    enter(comment, 80);
    expect(() => enter(comment, 1)).toThrow(
      expect.objectContaining({ status: 403, headers: { 'retry-after': '60' } }),
    );
    enter(blob, 10);
    clock.now += 59_999;
    expect(() => enter(comment, 1)).toThrow('secondary rate limit');
    clock.now += 1;
    enter(comment, 1);
    expect(broken).toEqual(['content_per_minute', 'content_per_minute']);
  });

  it('creates 500 things in any hour', () => {
    const { clock, broken, enter } = start();
    for (let minute = 0; minute < 10; minute += 1) {
      enter(comment, 50);
      clock.now += 60_000;
    }
    expect(() => enter(comment, 1)).toThrow('secondary rate limit');
    expect(broken).toEqual(['content_per_hour']);
  });

  it('has 900 points in a minute, of which a read takes one and a write five', () => {
    const { broken, enter } = start();
    enter(read, 400);
    enter(blob, 100);
    expect(() => enter(read, 1)).toThrow('secondary rate limit');
    expect(broken).toEqual(['points_per_minute']);
  });

  it('asks a hundred things at once', () => {
    const { broken, limit, caller } = start();
    const leave = Array.from({ length: 100 }, () => limit.enter(caller, read));
    expect(() => limit.enter(caller, read)).toThrow('secondary rate limit');
    leave[0]?.();
    limit.enter(caller, read);
    expect(broken).toEqual(['concurrent']);
  });
});

describe('the wire', () => {
  it('refuses with 403 and retry-after, and names the limit that was broken', async () => {
    const running: Running = await startRunning();
    try {
      const token = await running.token();
      const body = { title: 'x' };
      const post = () => running.call('POST /repos/acme/web/issues', { token, body });
      for (let count = 0; count < 80; count += 1) expect((await post()).status).toBe(201);
      const refused = await post();
      expect(refused.status).toBe(403);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(running.standin.brokenLimits().map(({ limit }) => limit)).toEqual([
        'content_per_minute',
      ]);
    } finally {
      await running.close();
    }
  });
});
