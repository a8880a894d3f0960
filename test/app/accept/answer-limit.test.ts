import { expect, it } from 'vitest';
import type { AcceptDeps } from '../../../app/accept/accept-deps.ts';
import { mayAnswer } from '../../../app/accept/answer-limit.ts';
import type { Order } from '../../../app/accept/order.ts';
import type { CommandRecord } from '../../../core/store/request-store.ts';

const day = 24 * 3_600_000;

function world(permission: string) {
  const known = new Map<string, CommandRecord>();
  let now = Date.parse('2026-03-01T12:00:00Z');
  const github = {
    rest: {
      repos: {
        getCollaboratorPermissionLevel: async () => ({
          data: { permission, role_name: permission, user: { id: 7, login: 'outsider' } },
        }),
      },
    },
  };
  const deps = {
    installations: { client: async () => github },
    requests: {
      remember: async (record: CommandRecord) => {
        if (known.has(record.semantic_key)) return false;
        known.set(record.semantic_key, record);
        return true;
      },
      command: async (key: string) => known.get(key),
    },
    now: () => now,
  } as unknown as AcceptDeps;
  const ask = (request_id: string, issue_number: number, hidden = false) => {
    const repository = { id: 11, owner: 'acme', name: 'web', private: hidden };
    const source = { type: 'issue_comment', installation_id: 1, repository, issue_number };
    const requester = { id: 7, login: 'outsider' };
    return mayAnswer(deps, { request_id, source, requester } as unknown as Order);
  };
  return { ask, pass: (ms: number) => (now += ms) };
}

it('answers who may not write once a day on an issue, the same command again', async () => {
  const { ask, pass } = world('read');
  expect(await ask('a', 1)).toBe(true);
  expect(await ask('b', 1)).toBe(false);
  expect(await ask('a', 1)).toBe(true);
  pass(day);
  expect(await ask('b', 1)).toBe(true);
});

it('answers who may not write on three issues a day', async () => {
  const { ask } = world('read');
  const answered = [1, 2, 3, 4].map(async (issue) => ask(`r${issue}`, issue));
  expect((await Promise.all(answered)).filter(Boolean)).toHaveLength(3);
});

it('answers who may write, and everybody in a private repository, each time', async () => {
  const writer = world('write');
  expect([await writer.ask('a', 1), await writer.ask('b', 1)]).toEqual([true, true]);
  const reader = world('read');
  expect([await reader.ask('a', 1, true), await reader.ask('b', 1, true)]).toEqual([true, true]);
});
