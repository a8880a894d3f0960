import type { Logger } from 'pino';
import { aboutJob } from '../../core/about.ts';
import { createGithub } from '../../core/github/octokit.ts';
import { createLog } from '../../core/log.ts';
import { createRedactor, type Redactor } from '../../core/redact.ts';
import { linksOf, type Links } from '../../core/render/links.ts';
import type { Thread } from '../../core/thread.ts';
import { type BrokerClient, createBrokerClient } from '../broker-client.ts';
import type { StepDeps } from '../publish/step.ts';
import { createTaskSigner } from '../task-signer.ts';
import { octokitLog } from '../with-token.ts';
import type { AttemptLink } from './attempt-link.ts';
import type { PublisherTask } from './protocol.ts';

/** What a publisher works with. */
export type Speaker = Readonly<{
  broker: Pick<BrokerClient, 'token'>;
  redactor: Redactor;
  config: Readonly<{ githubApiUrl: string }>;
  log: Logger;
  links: Links;
  /** The thread with what was noted here. */
  thread: () => Thread;
  /** Ends when the attempt says so. */
  stop: AbortSignal;
  /** What the steps of publishing need, as the bearer of a token. */
  steps: (as: Readonly<{ token: string; stop: AbortSignal }>) => StepDeps;
}>;

/** Makes what a task needs. */
export function createSpeaker(task: PublisherTask, link: AttemptLink): Speaker {
  const { broker, github, job } = task;
  const redactor = createRedactor(task.secrets);
  const { level, metrics } = task.log;
  const log = createLog({ level, name: 'publisher', redact: redactor.redact, metrics }).child({
    ...aboutJob(job.id),
    attempt: broker.attempt,
  });
  const { thread, note } = createNotes(task.thread, link);
  return {
    broker: brokerOf(task, redactor),
    redactor,
    config: { githubApiUrl: github.api_url },
    log,
    links: linksOf({
      githubServerUrl: github.server_url,
      publicUrl: task.links.public_url,
      policy: { link_hosts: task.links.hosts },
    }),
    thread,
    stop: link.stop,
    steps: ({ token, stop }) => ({
      github: createGithub({
        baseUrl: github.api_url,
        token,
        log: octokitLog,
        redact: redactor.redact,
        pace: {
          before: ({ content, urgency }) =>
            untilStopped(link.ask({ type: 'pace', content, urgency }), stop),
          slowDown: async (ms) => {
            // JSON has no number that is not finite.
            if (Number.isFinite(ms)) await link.ask({ type: 'slow_down', ms });
          },
        },
        timeoutMs: github.timeout_ms,
        signal: stop,
      }),
      fence: () => link.ask({ type: 'fence' }),
      turn: () => untilStopped(link.ask({ type: 'pace', content: true, urgency: 'normal' }), stop),
      stop,
      record: (record) => link.ask({ type: 'record', record }),
      log,
      note,
      retryDelayMs: task.retry_delay_ms,
    }),
  };
}

function brokerOf({ broker }: PublisherTask, redactor: Redactor): BrokerClient {
  const { url, auth, region, credentials_uri: credentialsUri, job_id: jobId } = broker;
  const { register } = redactor;
  return createBrokerClient({
    url,
    jobId,
    attempt: broker.attempt,
    key: broker.key,
    ...(auth === 'iam' ? { sign: createTaskSigner({ region, credentialsUri, register }) } : {}),
  });
}

/** The attempt waits for as long as it may itself; a task may have less time. Throws the stop's reason. */
async function untilStopped(wait: Promise<void>, stop: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const end = () => stopped.reject(stop.reason);
  stop.addEventListener('abort', end, { once: true });
  try {
    stop.throwIfAborted();
    await Promise.race([wait, stopped.promise]);
  } finally {
    stop.removeEventListener('abort', end);
  }
}

/** A step may be repeated, and says the same again. */
function createNotes(before: Thread, link: Pick<AttemptLink, 'note'>) {
  const events = [...before.events];
  return {
    thread: (): Thread => ({ ...before, events: [...events] }),
    note: (text: string) => {
      if (events.some((event) => event.type === 'notice' && event.text === text)) return;
      events.push({ type: 'notice', text });
      link.note(text);
    },
  };
}
