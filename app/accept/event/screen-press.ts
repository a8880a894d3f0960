import { requestId, sha256 } from '../../../core/ids.ts';
import type { Command } from '../../../core/command.ts';
import type { PullRequestState } from '../../../core/github/pull-request.ts';
import { type PressOutcome, pressNote } from '../../../core/render/prompts-check.ts';
import type { RequestContext } from '../../../core/request.ts';
import type { Button } from '../../../core/store/buttons.ts';
import { ignore, type Screened } from '../order.ts';
import type { CheckRunEvent } from './check-event.ts';
import { repositoryOf } from './event-place.ts';

/** A press on a button of ours, and what is known of it. */
export type PressFacts = Readonly<{
  event: CheckRunEvent;
  identifier: string;
  /** What the identifier names; undefined when nothing, or its time is over. */
  button: Button | undefined;
  /** True when somebody else has pressed it before. */
  used: boolean;
  /** The button's pull request as it is now; undefined when it is gone. */
  pull: PullRequestState | undefined;
  /** What the button stands for. */
  command: Command | undefined;
}>;

/**
 * Tells what a press asks for. Nothing in the payload counts but which button it was and who pressed it: the rest was
 * stored when the button was made. Pure.
 */
export function screenPress(facts: PressFacts): Screened {
  const { event, button, pull, command } = facts;
  const by = event.sender.login;
  if (!button) return toldOfPress(event, { type: 'unknown', by });
  if (!standsIn(button, event)) return ignore('the button of another check run');
  if (facts.used) return toldOfPress(event, { type: 'used', by });
  const { pull_request } = button;
  if (!pull?.open) return toldOfPress(event, { type: 'closed', by, pull_request });
  if (pull.head.sha !== button.head_sha)
    return toldOfPress(event, { type: 'moved', by, pull_request });
  if (!command) throw new Error('A button has no command');
  return orderOf(event, { button, pull, command });
}

/** True when the button was made for the check run that the event is about. */
export function standsIn(
  button: Button,
  { repository, check_run, installation }: CheckRunEvent,
): boolean {
  return (
    button.repository_id === repository.id &&
    button.installation_id === installation.id &&
    button.check_run_id === check_run.id &&
    button.head_sha === check_run.head_sha
  );
}

/** The check run itself says what became of the press. */
export function toldOfPress(event: CheckRunEvent, outcome: PressOutcome): Screened {
  return {
    type: 'prompts_check',
    wanted: { ...headOf(event), note: pressNote(outcome) },
  };
}

/** The commit of an event about a check run. */
export function headOf({ repository, installation, check_run }: CheckRunEvent) {
  return {
    repository_id: repository.id,
    installation_id: installation.id,
    head_sha: check_run.head_sha,
  };
}

type Pressed = Readonly<{ button: Button; pull: PullRequestState; command: Command }>;

function orderOf(event: CheckRunEvent, { button, pull, command }: Pressed): Screened {
  const { repository, sender, check_run } = event;
  const key = `button:${check_run.id}:${button.nonce}`;
  return {
    type: 'order',
    order: {
      key,
      request_id: requestId(key),
      payload_sha256: sha256(JSON.stringify([key, sender.id])),
      source: {
        type: 'button',
        installation_id: button.installation_id,
        repository: repositoryOf(repository),
        issue_number: pull.number,
        pull_request: pull.number,
        check_run_id: check_run.id,
        head_sha: button.head_sha,
        url: check_run.html_url ?? pull.url,
      },
      requester: { id: sender.id, login: sender.login },
      written_at: button.created_at,
      parsed: { type: 'command', command },
      context: contextOf(pull),
    },
  };
}

/** The pull request, cut to what a prompt can hold. */
export function contextOf({ number, title, body, url, author }: PullRequestState): RequestContext {
  return {
    issue: { number, title: title.slice(0, 500), body: body.slice(0, 60_000), url, author },
  };
}
