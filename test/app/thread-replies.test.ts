import { expect, it } from 'vitest';
import { causes } from '../../app/causes.ts';
import { writeThreadReplies } from '../../app/thread-replies.ts';
import { exampleRequest } from '../support/job.ts';

it('does not count on a thread that an earlier try has been to', async () => {
  const { source } = exampleRequest();
  const request = exampleRequest({
    source: { ...source, type: 'review_comment', pull_request: 3, comment_id: 5, thread_id: 5 },
  } as Parameters<typeof exampleRequest>[0]);
  const report = { replied_threads: [5] };
  const writing = { report, view: { request, jobs: [] } };
  expect(await writeThreadReplies({} as never, writing as never)).toEqual({ report, told: false });
});

it('speaks of more memory only where a worker had it', () => {
  const size = { cpu: 2_048, memory_mib: 8_192 };
  expect(causes.outOfMemory({ size }).sentence).toContain('twice as much');
  expect(causes.outOfMemory({}).sentence).toBe('The worker ran out of memory.');
});
