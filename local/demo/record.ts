import type { Job } from '../../core/job.ts';
import type { Request } from '../../core/request.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { createTable } from '../../core/store/table.ts';
import { localNames } from '../engines/engines.ts';

/** A request as the product's own table holds it. */
export type RequestRecord = Readonly<{ request: Request; jobs: readonly Job[] }>;

/** Reads a request and its jobs from the table at an endpoint. Throws when there is no such request. */
export async function readRecord(endpoint: string, requestId: string): Promise<RequestRecord> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const aws = { region: 'us-east-1', endpoint, credentials };
  const deps = { table: createTable({ aws, name: localNames.table }), now: Date.now };
  const request = await createRequestStore(deps).get(requestId);
  if (request === undefined) throw new Error(`Request ${requestId} is not in the table`);
  return { request, jobs: await createJobStore(deps).ofRequest(requestId) };
}
