import { Command } from '../../../core/command.ts';
import { UserError } from '../../../core/errors.ts';
import { pullRequestState } from '../../../core/github/pull-request.ts';
import { promptsCheckName } from '../../../core/render/prompts-check.ts';
import { RequestContext } from '../../../core/request.ts';
import type { Button } from '../../../core/store/buttons.ts';
import { appFailure } from '../../installations.ts';
import { failureReply } from '../../replies.ts';
import { promptAgain } from '../../prompts-check/prompt-again.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import { ignore, type ReadEvent, type Screened } from '../order.ts';
import { CheckRunEvent, sortCheckRun } from './check-event.ts';
import { closeCheck, openCheckOf } from './close-check.ts';
import { headOf, type PressFacts, screenPress, standsIn, toldOfPress } from './screen-press.ts';
import { screenRerun } from './screen-rerun.ts';

/** Reads GitHub's `check_run`: a press on a button, "Re-run", and the failures of other apps' checks. */
export const readCheckRun: ReadEvent = async (deps, payload) => {
  const event = CheckRunEvent.parse(payload);
  const { appId, policy } = deps;
  const sorted = sortCheckRun(event, { appId, accounts: policy.accounts });
  switch (sorted.type) {
    case 'ignore':
      return ignore(sorted.reason);
    case 'failed':
      return { type: 'prompts_check', wanted: headOf(event) };
    case 'pressed':
      return readPress(deps, event, sorted.identifier);
    case 'again':
      return event.check_run.name === promptsCheckName ? shownAgain(event) : readRerun(deps, event);
    case 'reopened':
      if (event.check_run.name === promptsCheckName) return shownAgain(event);
      await closeAgain(deps, event);
      return ignore('a check run was asked for again by a bot');
  }
};

/** The run with buttons is written again, which completes it. */
function shownAgain(event: CheckRunEvent): Screened {
  const { id: check_run_id } = event.check_run;
  return { type: 'prompts_check', wanted: { ...headOf(event), check_run_id, again: true } };
}

function closeAgain(deps: AcceptDeps, event: CheckRunEvent): Promise<void> {
  const { id, conclusion } = event.check_run;
  return closeCheck(deps, openCheckOf(event, { type: 'run', id, conclusion }));
}

async function readPress(
  deps: AcceptDeps,
  event: CheckRunEvent,
  identifier: string,
): Promise<Screened> {
  const button = await deps.buttons.get(identifier);
  const facts = { event, identifier, button, used: false, pull: undefined, command: undefined };
  if (!button || !standsIn(button, event)) return screenPress(facts);
  const first = await deps.buttons.use(identifier, event.sender.id);
  try {
    return screenPress({ ...facts, used: !first, ...(await lookUp(deps, event, button)) });
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    return toldOfPress(event, {
      type: 'answered',
      by: event.sender.login,
      text: failureReply(failure),
    });
  }
}

/** What the button stands for, and its pull request as it is now. Throws what Octokit throws. */
async function lookUp(
  deps: AcceptDeps,
  { repository: { owner, name } }: CheckRunEvent,
  { installation_id, pull_request: number, command }: Button,
): Promise<Pick<PressFacts, 'pull' | 'command'>> {
  const stored = (await deps.bucket.get(command)).toString('utf8');
  const github = await deps.installations.client(installation_id);
  const repository = { owner: owner.login, name };
  const pull = await pullRequestState(github, { repository, number });
  return { pull, command: Command.parse(JSON.parse(stored)) };
}

const jobName = /^[0-9a-z]{10}-[1-5]$/;

async function readRerun(deps: AcceptDeps, event: CheckRunEvent): Promise<Screened> {
  await closeAgain(deps, event);
  const named = event.check_run.external_id ?? '';
  const job = jobName.test(named) ? await deps.jobs.get(named) : undefined;
  const request = job && (await deps.requests.get(job.request_id));
  return screenRerun({
    event,
    job,
    request,
    prompt: request && (await promptAgain(deps, request)),
    context: request && (await readContext(deps, request.context)),
  });
}

async function readContext({ bucket }: AcceptDeps, pointer: Parameters<typeof bucket.get>[0]) {
  return RequestContext.parse(JSON.parse((await bucket.get(pointer)).toString('utf8')));
}
