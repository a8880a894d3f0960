import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { AcceptDeps } from '../../../../app/accept/accept-deps.ts';
import type { Order } from '../../../../app/accept/order.ts';
import { takeUp } from '../../../../app/accept/take-up/take-up.ts';
import { UserError } from '../../../../core/errors.ts';
import { exampleJob, exampleRequest } from '../../../core/render/examples.ts';

/** A retry of which this delivery knows nothing, while the latest request of the issue waits for a worker. */
async function retry(known: object | undefined) {
  const request = exampleRequest();
  const sent: unknown[] = [];
  const deps = {
    requests: { latestOf: async () => request, command: async () => known },
    jobs: { ofRequest: async () => [exampleJob('api')] },
    installations: {
      client: async () => {
        throw new UserError('github_forbidden', 'No reactions here.');
      },
    },
    promptsChecks: { tell: async () => false },
    ingest: { send: async (message: unknown) => sent.push(message) },
    jobsQueue: { send: async (message: unknown) => sent.push(message) },
    log: pino({ level: 'silent' }),
  };
  const order = {
    key: 'comment:11:9002',
    request_id: request.id,
    source: request.source,
    requester: request.requester,
  };
  const text = await takeUp(deps as unknown as AcceptDeps, order as Order, { type: 'retry' });
  return { text, sent, request };
}

it('says that a request still goes on', async () => {
  expect((await retry(undefined)).text).toContain('is not done yet');
});

it('says nothing when another delivery of the same command has begun that request', async () => {
  const { text, sent, request } = await retry({ disposition: 'request', request_id: 'q7x2m9k4d1' });
  expect(text).toBeUndefined();
  expect(sent).toContainEqual({ type: 'report', request_id: request.id });
});
