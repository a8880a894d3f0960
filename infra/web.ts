import { bucket } from './bucket.ts';
import { createFunction } from './function.ts';
import { filesBeside } from './files-beside.ts';
import { ingest, jobs } from './queues.ts';
import { router } from './router.ts';
import { table } from './table.ts';

/** Pages and JSON API. */
createFunction('web', {
  variables: {
    CODY_TABLE: table.name,
    CODY_BUCKET: bucket.name,
    CODY_QUEUE_INGEST: ingest.url,
    CODY_QUEUE_JOBS: jobs.url,
    CODY_PUBLIC_URL: router.url,
  },
  files: [{ from: filesBeside.web.from, to: filesBeside.web.to }],
  url: { authorization: 'none', cors: false, router: { instance: router } },
});
