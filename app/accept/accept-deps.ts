import type { Logger } from 'pino';
import type { Bucket } from '../../core/bucket.ts';
import type { Policy } from '../../core/policy.ts';
import type { Outbox } from '../../core/queue.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { ButtonStore } from '../../core/store/buttons.ts';
import type { LoginPins } from '../../core/store/login-pins.ts';
import type { OpenCheckStore } from '../../core/store/open-checks.ts';
import type { PlanStore } from '../../core/store/plans.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import type { ScheduleStore } from '../../core/store/schedules.ts';
import type { BotIdentity } from '../bot-identity.ts';
import type { Installations } from '../installations.ts';
import type { PromptsChecks } from '../prompts-check/prompts-checks.ts';

/** What accepting a comment needs. */
export type AcceptDeps = Readonly<{
  appId: number;
  /** Who the author of our comments is. */
  bot: BotIdentity;
  installations: Installations;
  /** Whose the logins are that files name. */
  logins: LoginPins;
  requests: RequestStore;
  jobs: JobStore;
  plans: PlanStore;
  schedules: ScheduleStore;
  buttons: ButtonStore;
  openChecks: OpenCheckStore;
  promptsChecks: Pick<PromptsChecks, 'want' | 'tell'>;
  bucket: Bucket;
  ingest: Outbox;
  jobsQueue: Outbox;
  policy: Policy;
  /** Where GitHub's pages are. */
  serverUrl: string;
  now: () => number;
  log: Logger;
}>;
