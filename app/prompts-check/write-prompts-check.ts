import { z } from 'zod';
import type { Bucket } from '../../core/bucket.ts';
import { completeRun, createCompletedRun } from '../../core/github/completed-run.ts';
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

/**
 * Writes the check run of a head, unless it shows the same already. Throws what Octokit throws. Of a new run the buttons
 * are known a moment after they are shown, because they name it: a press in between is asked for again.
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
  const buttons = (decided ?? []).map((button) => ({ ...button, nonce: buttonNonce() }));
  const output = renderPromptsCheck({
    pull_request,
    buttons: buttons.map(({ subject }) => subject),
    notes: check.notes,
  });
  const shown_sha256 = sha256(JSON.stringify([output, decided, check.presses]));
  const known = { shown_sha256, ...(pull_request === undefined ? {} : { pull_request }) };
  if (view.check_run_id !== undefined && check.shown_sha256 === shown_sha256)
    return { ...known, check_run_id: view.check_run_id };
  const store = async (check_run_id: number) => {
    await deps.buttons.put(await toStore(deps, check, { buttons, check_run_id, pull_request }));
  };
  const { owner, name: repo } = view.repository;
  const body = bodyOf(buttons, output);
  if (view.check_run_id !== undefined) {
    await store(view.check_run_id);
    const { check_run_id } = view;
    await completeRun(view.github, { owner, repo }, { ...body, check_run_id });
    return { ...known, check_run_id: view.check_run_id };
  }
  const made = { ...body, name: promptsCheckName, head_sha: check.head_sha };
  const data = await createCompletedRun(view.github, { owner, repo }, made);
  const { id: check_run_id } = Created.parse(data);
  await deps.promptsCheckStore.save(check, { check_run_id });
  await store(check_run_id);
  return { ...known, check_run_id };
}

const Created = z.object({ id: z.number().int() });

type Named = WantedButton & Readonly<{ nonce: string }>;
type Output = ReturnType<typeof renderPromptsCheck>;

/** What stands in the run, new or not. */
function bodyOf(buttons: readonly Named[], output: Output) {
  return {
    conclusion: 'neutral' as const,
    output,
    actions: buttons.map(({ subject, nonce }) => ({
      ...buttonWords(subject),
      identifier: nonce,
    })),
  };
}

type Standing = Readonly<{
  buttons: readonly Named[];
  check_run_id: number;
  pull_request: number | undefined;
}>;

/** Their commands go to the bucket before the pointers to them. */
async function toStore(
  { bucket }: Deps,
  { installation_id, repository_id, head_sha }: PromptsCheck,
  { buttons, check_run_id, pull_request }: Standing,
): Promise<readonly NewButton[]> {
  if (pull_request === undefined) return [];
  const place = { installation_id, repository_id, pull_request, head_sha, check_run_id };
  return Promise.all(
    buttons.map(async ({ nonce, action, command }) => ({
      ...place,
      nonce,
      action,
      command: await bucket.put('command', JSON.stringify(command)),
    })),
  );
}
