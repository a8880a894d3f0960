import { describe, expect, it } from 'vitest';
import { handleBatch } from '../../../app/lambda/queue-batch.ts';
import type { QueueRecord } from '../../../app/ingest.ts';

const event = {
  Records: ['1', '2', '3'].map((messageId) => ({
    messageId,
    body: `body ${messageId}`,
    messageAttributes: { 'github-event': { stringValue: 'issue_comment', dataType: 'String' } },
  })),
};

describe('a batch of messages', () => {
  it('is handed over one by one, with its attributes', async () => {
    const seen: QueueRecord[] = [];
    const answer = await handleBatch(
      async (record) => void seen.push(record),
      event,
      () => undefined,
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(seen[0]).toEqual({
      id: '1',
      body: 'body 1',
      attributes: { 'github-event': 'issue_comment' },
    });
  });

  it('names only the messages that failed', async () => {
    const failures: unknown[] = [];
    const answer = await handleBatch(
      async ({ id }) => {
        if (id === '2') throw new Error('no');
      },
      event,
      (error) => failures.push(error),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(failures).toHaveLength(1);
  });

  it('is refused when it is none', async () => {
    await expect(
      handleBatch(
        async () => undefined,
        {},
        () => undefined,
      ),
    ).rejects.toThrow();
  });
});
