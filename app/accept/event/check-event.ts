import { z } from 'zod';
import { isFailure } from '../../../core/github/failed-checks.ts';
import { eventPlace } from './event-place.ts';

/** What events about checks and pull requests have in common. */
export const CheckPlace = z.object({
  ...eventPlace,
});
export type CheckPlace = z.infer<typeof CheckPlace>;

/** What we read of GitHub's `check_run` event. */
export const CheckRunEvent = CheckPlace.extend({
  check_run: z.object({
    id: z.number().int(),
    name: z.string(),
    head_sha: z.string(),
    html_url: z.string().nullish(),
    external_id: z.string().nullish(),
    conclusion: z.string().nullish(),
    completed_at: z.string().nullish(),
    app: z.object({ id: z.number().int() }).nullish(),
  }),
  requested_action: z.object({ identifier: z.string() }).nullish(),
});
export type CheckRunEvent = z.infer<typeof CheckRunEvent>;

/** What we read of GitHub's `check_suite` event. */
export const CheckSuiteEvent = CheckPlace.extend({
  check_suite: z.object({
    id: z.number().int(),
    head_sha: z.string(),
    conclusion: z.string().nullish(),
    app: z.object({ id: z.number().int() }).nullish(),
  }),
});
export type CheckSuiteEvent = z.infer<typeof CheckSuiteEvent>;

/** Who reads: our App's id, and the accounts that this server serves. */
export type Served = Readonly<{ appId: number; accounts: readonly number[] | undefined }>;

/** What an event about a check is for us. */
export type SortedCheck =
  | Readonly<{ type: 'ignore'; reason: string }>
  /** A check of another app has failed. */
  | Readonly<{ type: 'failed' }>
  | Readonly<{ type: 'pressed'; identifier: string }>
  /** "Re-run" on a check run, or on all of a suite. */
  | Readonly<{ type: 'again' }>
  /** The same by a bot: nothing follows, but GitHub waits until the check is completed. */
  | Readonly<{ type: 'reopened' }>;

/** Tells what a `check_run` event is. Only what our own App made can be pressed. Pure. */
export function sortCheckRun(event: CheckRunEvent, served: Served): SortedCheck {
  const { action, check_run, requested_action } = event;
  const sorted = sortCheck(event, { ...served, check: check_run });
  if (sorted || action !== 'requested_action') return sorted ?? ignored(`check run ${action}`);
  const identifier = requested_action?.identifier;
  return identifier === undefined
    ? ignored('a press without an identifier')
    : { type: 'pressed', identifier };
}

/** Tells what a `check_suite` event is. Pure. */
export function sortCheckSuite(event: CheckSuiteEvent, served: Served): SortedCheck {
  const { action, check_suite } = event;
  const sorted = sortCheck(event, { ...served, check: check_suite });
  return sorted ?? ignored(`check suite ${action}`);
}

type Check = Readonly<{
  conclusion?: string | null | undefined;
  app?: Readonly<{ id: number }> | null | undefined;
}>;

/** What holds for runs and suites; undefined when it depends on more. */
function sortCheck(
  { action, repository, sender }: CheckPlace,
  { appId, accounts, check }: Served & Readonly<{ check: Check }>,
): SortedCheck | undefined {
  if (accounts && !accounts.includes(repository.owner.id)) return ignored('account not served');
  const ours = check.app?.id === appId;
  if (action === 'completed') {
    if (ours) return ignored('a check of our own has ended');
    return isFailure(check.conclusion) ? { type: 'failed' } : ignored('the check did not fail');
  }
  if (action !== 'requested_action' && action !== 'rerequested') return undefined;
  if (!ours) return ignored('a check of another app');
  if (sender.type !== 'User')
    return action === 'rerequested' ? { type: 'reopened' } : ignored('pressed by a bot');
  return action === 'rerequested' ? { type: 'again' } : undefined;
}

function ignored(reason: string): SortedCheck {
  return { type: 'ignore', reason };
}
