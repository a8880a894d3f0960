import { z } from 'zod';
import { Cause } from '../../core/cause.ts';
import { CheckRunRef, Job, PullRequestRef } from '../../core/job.ts';
import { JobSettings } from '../../core/repo-config/settings.ts';
import { RepositoryRef, Request } from '../../core/request.ts';
import { Thread } from '../../core/thread.ts';
import { WireError } from './wire-error.ts';

/** How the publisher asks the broker: as the attempt that it belongs to. */
const Broker = z.object({
  url: z.string(),
  auth: z.enum(['none', 'iam']),
  region: z.string(),
  credentials_uri: z.string().optional(),
  job_id: z.string(),
  attempt: z.number().int(),
  key: z.string(),
});

const around = {
  broker: Broker,
  /** What must not be published, in whatever form. */
  secrets: z.array(z.string()),
  github: z.object({ api_url: z.string(), server_url: z.string(), timeout_ms: z.number() }),
  retry_delay_ms: z.number(),
  links: z.object({ public_url: z.string().optional(), hosts: z.array(z.string()) }),
  model_note: z.string().optional(),
  log: z.object({ level: z.string(), metrics: z.string().optional() }),
  job: Job,
  request: Request,
  thread: Thread,
} as const;

/** What a publisher is started for: a change, or the thread of a job that has no commit of ours. Times in ms. */
export const PublisherTask = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('publish'),
    ...around,
    settings: JobSettings,
    siblings: z.array(
      z.object({ repository: RepositoryRef, number: z.number().int(), url: z.string() }),
    ),
    /** The trusted git directory, and the tree in it that is to be published. */
    git_dir: z.string(),
    tree: z.string(),
    skipped: z.array(z.string()),
  }),
  z.object({
    type: z.literal('check'),
    ...around,
    /** It gives up after that. */
    within_ms: z.number().optional(),
  }),
]);
export type PublisherTask = z.infer<typeof PublisherTask>;
export type PublishTask = Extract<PublisherTask, { type: 'publish' }>;
export type CheckTask = Extract<PublisherTask, { type: 'check' }>;

const record = z.object({
  branch: z.string().optional(),
  commit_sha: z.string().optional(),
  pull_request: PullRequestRef.optional(),
  check_run: CheckRunRef.optional(),
});

/** What the publisher has the attempt do, which holds the lease and the table. */
export const PublisherAsk = z.discriminatedUnion('type', [
  z.object({ type: z.literal('fence') }),
  z.object({ type: z.literal('record'), record }),
  /** Whether a write to GitHub may start now. */
  z.object({ type: z.literal('pace'), content: z.boolean(), urgency: z.enum(['normal', 'low']) }),
  z.object({ type: z.literal('slow_down'), ms: z.number() }),
]);
export type PublisherAsk = z.infer<typeof PublisherAsk>;

const check_run = CheckRunRef.optional();

/** What came of a publication: `PublishOutcome`. */
export const PublishResult = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('pull_request'),
    pull_request: PullRequestRef,
    branch: z.string(),
    commit_sha: z.string(),
    check_run,
  }),
  z.object({ type: z.literal('patch'), cause: Cause, check_run }),
  z.object({ type: z.literal('answered'), check_run }),
]);
export type PublishResult = z.infer<typeof PublishResult>;

/** From the attempt to the publisher: first the task, then answers; `stop` ends every wait with its reason. */
export const ToPublisher = z.discriminatedUnion('type', [
  z.object({ type: z.literal('task'), task: PublisherTask }),
  z.object({ type: z.literal('answer'), id: z.number().int(), error: WireError.optional() }),
  z.object({ type: z.literal('stop'), error: WireError }),
]);
export type ToPublisher = z.infer<typeof ToPublisher>;

/** From the publisher to the attempt. The last one is `done` or `failed`. */
export const FromPublisher = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ask'), id: z.number().int(), ask: PublisherAsk }),
  /** A sentence for the thread. */
  z.object({ type: z.literal('note'), text: z.string() }),
  z.object({ type: z.literal('done'), result: PublishResult.optional() }),
  z.object({ type: z.literal('failed'), error: WireError }),
]);
export type FromPublisher = z.infer<typeof FromPublisher>;

/** A thread may be long; a line beyond this ends the conversation. */
export const maxLineBytes = 256 * 1024 * 1024;
