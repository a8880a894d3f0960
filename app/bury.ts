import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { aboutJob, aboutMessage } from '../core/about.ts';
import { ConditionFailed } from '../core/errors.ts';
import { IngestMessage, JobMessage, webhookAttributes } from '../core/message.ts';
import type { RequestStore } from '../core/store/request-store.ts';
import type { JobStore } from '../core/store/job-store.ts';
import type { Times } from '../core/times.ts';
import type { AcceptDeps } from './accept/accept-deps.ts';
import { EventName, readEvent } from './accept/read-event.ts';
import { reply } from './accept/reply.ts';
import { type Handle, parseJson, type QueueRecord, webhookPayload } from './ingest.ts';
import type { Notify } from './notify.ts';
import type { PromptsChecks } from './prompts-check/prompts-checks.ts';
import { undeliverableReply } from './replies.ts';
import { causes } from './causes.ts';

type Deps = Readonly<{
  accept: AcceptDeps & Readonly<{ promptsChecks: Pick<PromptsChecks, 'rest'> }>;
  jobs: JobStore;
  requests: RequestStore;
  notify: Notify;
  times: Times;
  now: () => number;
  log: Logger;
}>;

/**
 * The handler of both dead-letter queues: what could not be handled ends in something that the requester sees, or in
 * the log when it names nobody. Throws TransientError when even that is not possible now.
 */
export function createBury(deps: Deps): Handle {
  return async (record) => {
    const event = record.attributes[webhookAttributes.event];
    deps.log.warn({ ...aboutMessage(record), message_id: record.id }, 'Dead letter taken');
    if (event !== undefined) return buryWebhook(deps, event, record);
    const body = parseJson(record.body);
    const job = JobMessage.safeParse(body);
    if (job.success) return buryJob(deps, job.data.job_id);
    const message = IngestMessage.safeParse(body);
    if (message.success && message.data.type === 'report')
      return buryReport(deps, message.data.request_id);
    if (message.success && message.data.type === 'prompts_check')
      return deps.accept.promptsChecks.rest(message.data);
    deps.log.error({ message_id: record.id }, 'Dead letter dropped');
    return undefined;
  };
}

async function buryWebhook(deps: Deps, event: string, record: QueueRecord): Promise<void> {
  const delivery = record.attributes[webhookAttributes.delivery];
  const log = deps.log.child({ event, delivery });
  const name = EventName.safeParse(event);
  const payload = webhookPayload(record.body);
  const screened = name.success
    ? await readEvent({ ...deps.accept, log }, { name: name.data, payload })
    : undefined;
  if (screened?.type !== 'order') {
    log.error('Dead webhook dropped');
    return;
  }
  const { order } = screened;
  // A request that was stored goes on by itself; only a command that nobody took is answered.
  if (await deps.requests.command(order.key)) return;
  log.error({ request: order.request_id }, 'A command could not be handled');
  await reply({ ...deps.accept, log }, order, undeliverableReply());
}

async function buryJob(deps: Deps, id: string): Promise<void> {
  const job = await deps.jobs.get(id);
  if (job?.state !== 'queued') return;
  try {
    await deps.jobs.move(job, 'failed', { cause: causes.undeliverable });
  } catch (error) {
    // It was started after all.
    if (error instanceof ConditionFailed) return;
    throw error;
  }
  deps.log.error(aboutJob(id), 'A job could not be started');
  await deps.notify.report(job.request_id, 'now');
}

/** How long a report rests whose messages all failed, and after which age of its request it is given up. */
const restMs = 15 * 60_000;
const givenUpAfterMs = 24 * 3_600_000;

/**
 * GitHub may be out for longer than a message lives, and the requester must hear of the end all the same: the report
 * is kept under a lease while it rests, and the sweep sends it again afterwards. After a day it counts as written.
 */
async function buryReport(deps: Deps, id: string): Promise<void> {
  const request = await deps.requests.get(id);
  const rests = request !== undefined && deps.now() - request.created_at < givenUpAfterMs;
  deps.log.error({ request: id, rests }, 'The comments of a request could not be written');
  const report = await deps.requests.leaseReport(id, {
    owner: randomUUID(),
    leaseMs: rests ? restMs : deps.times.CODY_LEASE_MS,
  });
  if (!report || rests) return;
  const saved = await deps.requests.saveReport(report, { rendered: report.wanted });
  await deps.requests.releaseReport(saved);
}
