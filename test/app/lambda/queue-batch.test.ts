import { describe, expect, it } from 'vitest';
import { handleBatch } from '../../../app/lambda/queue-batch.ts';
import { TransientError } from '../../../core/errors.ts';
import { awayMs } from '../../../core/handle-message.ts';

const event = {
  Records: ['1', '2', '3'].map((messageId) => ({
    messageId,
    receiptHandle: `receipt ${messageId}`,
    body: `body ${messageId}`,
    attributes: { ApproximateReceiveCount: messageId === '1' ? '1' : '3' },
    messageAttributes: { 'github-event': { stringValue: 'issue_comment', dataType: 'String' } },
  })),
};

async function refuseTwo({ id }: { id: string }) {
  if (id === '2') throw new Error('no');
}

const nothing = { queue: undefined, log: { error: () => undefined } };

describe('a batch of messages', () => {
  it('is handed over one by one, with its attributes', async () => {
    const seen: unknown[] = [];
    const handle = async (record: unknown) => void seen.push(record);
    expect(await handleBatch({ ...nothing, handle }, event)).toEqual({ batchItemFailures: [] });
    expect(seen[0]).toMatchObject({
      id: '1',
      body: 'body 1',
      attributes: { 'github-event': 'issue_comment' },
    });
  });

  it('names only the messages that failed', async () => {
    const failures: unknown[] = [];
    const log = { error: (fields: unknown) => void failures.push(fields) };
    const answer = await handleBatch({ ...nothing, handle: refuseTwo, log }, event);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(failures).toHaveLength(1);
  });

  it('hides a message for as long as its handler was told to wait, longer each time, and a random share more', async () => {
    const waits: Record<string, number | undefined> = { '1': 61_200, '2': 9_000, '3': undefined };
    const hidden: unknown[] = [];
    const queue = {
      hide: async (receipt: string, seconds: number) => void hidden.push([receipt, seconds]),
    };
    const handle = async ({ id }: { id: string }) => {
      const ms = waits[id];
      const options = ms === undefined ? {} : { retryAfterMs: ms };
      throw new TransientError('github_unavailable', 'Later.', options);
    };
    for (const share of [0, 0.5]) {
      const deps = { ...nothing, queue, handle, random: () => share };
      const { batchItemFailures } = await handleBatch(deps, event);
      expect(batchItemFailures).toHaveLength(3);
    }
    expect(hidden).toEqual([
      ['receipt 1', 62],
      ['receipt 2', 36],
      ['receipt 1', 77],
      ['receipt 2', 45],
    ]);
  });

  it('is hidden for hardly more than an hour, whatever was asked for', () => {
    expect(awayMs(9e9, 8, 0)).toBe(3_600_000);
    expect(awayMs(9e9, 8, 0.999)).toBeLessThan(4_200_001);
  });

  it('is refused when it is none', async () => {
    await expect(handleBatch({ ...nothing, handle: async () => undefined }, {})).rejects.toThrow();
  });
});
