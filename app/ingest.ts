import type { Logger } from 'pino';
import { IngestMessage, webhookAttributes } from '../core/message.ts';
import type { MalformedMessages } from '../core/store/malformed.ts';
import type { Accept } from './accept/probot-app.ts';
import type { PromptsChecks } from './prompts-check/prompts-checks.ts';
import type { WriteReport } from './report.ts';

/** One message as a queue delivers it. */
export type QueueRecord = Readonly<{
  id: string;
  body: string;
  attributes: Readonly<Record<string, string>>;
}>;

/** Handles one message. What it throws means: deliver it again. */
export type Handle = (record: QueueRecord) => Promise<void>;

type Deps = Readonly<{
  accept: Accept;
  report: WriteReport;
  promptsChecks: Pick<PromptsChecks, 'refresh'>;
  wake: () => Promise<void>;
  malformed: Pick<MalformedMessages, 'record'>;
  log: Logger;
}>;

/**
 * The handler of the ingest queue: webhooks, and our own messages. A message that nobody can read is
 * logged and recorded, and counts as handled, because it would stay unreadable.
 */
export function createIngest(deps: Deps): Handle {
  return async (record) => {
    const event = record.attributes[webhookAttributes.event];
    if (event !== undefined) return ingestWebhook(deps, event, record);
    const message = IngestMessage.safeParse(parseJson(record.body));
    if (!message.success) {
      deps.log.error({ message_id: record.id }, 'Ingest message malformed');
      return deps.malformed.record({ ...record, from: 'ingest' });
    }
    switch (message.data.type) {
      case 'report':
        return deps.report(message.data.request_id);
      case 'prompts_check':
        return deps.promptsChecks.refresh(message.data);
      case 'wake':
        return deps.wake();
    }
  };
}

async function ingestWebhook(deps: Deps, event: string, record: QueueRecord): Promise<void> {
  const id = record.attributes[webhookAttributes.delivery] ?? record.id;
  const payload = webhookPayload(record.body);
  if (payload === undefined) {
    deps.log.error({ message_id: record.id, event }, 'Webhook message malformed');
    return deps.malformed.record({ ...record, from: 'ingest' });
  }
  await deps.accept({ id, event, payload });
}

/** The payload of a webhook message (base64 of JSON), or undefined when it is no JSON. */
export function webhookPayload(body: string): unknown {
  return parseJson(Buffer.from(body, 'base64').toString('utf8'));
}

/** The JSON value, or undefined when the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says what it means that there is no JSON.
    return undefined;
  }
}
