import { z } from 'zod';
import type { Bucket } from '../../core/bucket.ts';
import { sha256 } from '../../core/ids.ts';
import {
  buttonWords,
  promptsCheckName,
  renderPromptsCheck,
} from '../../core/render/prompts-check.ts';
import { buttonNonce, type ButtonStore, type NewButton } from '../../core/store/buttons.ts';
import type { PromptsCheck, PromptsCheckStore } from '../../core/store/prompts-checks.ts';
import { decideButtons, type WantedButton } from './decide-buttons.ts';
import type { HeadView } from './gather-prompts.ts';

type Deps = Readonly<{
  buttons: ButtonStore;
  promptsCheckStore: PromptsCheckStore;
  bucket: Bucket;
}>;

/** What the check run is now. */
export type Shown = Readonly<{
  check_run_id?: number;
  shown_sha256?: string;
  pull_request?: number;
}>;

type Output = ReturnType<typeof renderPromptsCheck>;

/**
 * Writes the check run of a head, unless it shows the same already. Its buttons are stored before they are shown, so
 * that each one that can be pressed is known. Throws what Octokit throws.
 */
export async function writePromptsCheck(
  deps: Deps,
  check: PromptsCheck,
  view: HeadView,
): Promise<Shown> {
  const { pull_request } = view.facts;
  const decided = decideButtons(view.facts);
  // A run that is there already says that there is nothing to press.
  if (!decided && view.check_run_id === undefined) return {};
  const buttons = decided ?? [];
  const output = renderPromptsCheck({
    pull_request,
    buttons: buttons.map(({ subject }) => subject),
    note: check.note,
  });
  const shown_sha256 = sha256(JSON.stringify([output, buttons, check.presses]));
  const check_run_id = view.check_run_id ?? (await create(deps, check, { view, output }));
  const shown: Shown = {
    check_run_id,
    shown_sha256,
    ...(pull_request === undefined ? {} : { pull_request }),
  };
  if (check.shown_sha256 === shown_sha256) return shown;
  const stored = await Promise.all(
    buttons.map((button) => toStore(deps, check, { button, check_run_id, pull_request })),
  );
  await deps.buttons.put(stored);
  await view.github.rest.checks.update({
    ...placeOf(view),
    check_run_id,
    status: 'completed',
    conclusion: 'neutral',
    output: { ...output },
    actions: stored.map(({ nonce: identifier }, index) => ({
      ...wordsOf(buttons[index]),
      identifier,
    })),
  });
  return shown;
}

const Created = z.object({ id: z.number().int() });

/** Without buttons at first: they name the run that they stand in. */
async function create(
  { promptsCheckStore }: Deps,
  check: PromptsCheck,
  { view, output }: Readonly<{ view: HeadView; output: Output }>,
): Promise<number> {
  const { data } = await view.github.rest.checks.create({
    ...placeOf(view),
    name: promptsCheckName,
    head_sha: check.head_sha,
    status: 'completed',
    conclusion: 'neutral',
    output: { ...output },
  });
  const { id } = Created.parse(data);
  await promptsCheckStore.save(check, { check_run_id: id });
  return id;
}

type Standing = Readonly<{
  button: WantedButton;
  check_run_id: number;
  pull_request: number | undefined;
}>;

async function toStore(
  { bucket }: Deps,
  { installation_id, repository_id, head_sha }: PromptsCheck,
  { button, check_run_id, pull_request }: Standing,
): Promise<NewButton> {
  if (pull_request === undefined) throw new Error('A button stands on no pull request');
  return {
    nonce: buttonNonce(),
    installation_id,
    repository_id,
    pull_request,
    head_sha,
    check_run_id,
    action: button.action,
    command: await bucket.put('command', JSON.stringify(button.command)),
  };
}

function placeOf({ repository: { owner, name } }: HeadView) {
  return { owner, repo: name };
}

function wordsOf(button: WantedButton | undefined) {
  if (!button) throw new Error('A stored button was not wanted');
  return buttonWords(button.subject);
}
