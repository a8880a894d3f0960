import { createFunction } from './function.ts';
import { ingest } from './queues.ts';

/** GitHub sends its events here. Whoever has no valid signature gets 401 from a few kilobytes of code. */
export const receive = createFunction('receive', {
  variables: { CODY_QUEUE_INGEST: ingest.url },
  url: { authorization: 'none', cors: false },
});
