import { expect, it } from 'vitest';
import { IngestMessage, JobMessage } from '../../core/message.ts';

it('takes a message whose id no key can hold for malformed', () => {
  const long = 'x'.repeat(200_000);
  expect(IngestMessage.safeParse({ type: 'report', request_id: long }).success).toBe(false);
  expect(JobMessage.safeParse({ type: 'job', job_id: long }).success).toBe(false);
  expect(JobMessage.safeParse({ type: 'job', job_id: 'abcdefghjk-1' }).success).toBe(true);
});
