import { UserError } from '../../../../core/errors.ts';
import { readRepository } from '../../../../core/command/options.ts';
import { resolveRepository } from '../../../../core/github/repository.ts';
import type { SavedPrompt } from '../../../../core/repo-config/saved-prompt.ts';
import { promptsOf } from '../../../accept/saved-command.ts';
import { appFailure } from '../../../installations.ts';
import { settingsOf } from '../../../settings.ts';
import type { Viewer } from '../../access/viewer.ts';
import type { PageDeps } from '../page-deps.ts';
import type { Draft } from './draft.ts';

/** The prompts that are saved for a repository that the person may write to; none for any other one. */
export type Saved = Readonly<{ repository: string | undefined; prompts: readonly SavedPrompt[] }>;

const none = (repository: string | undefined): Saved => ({ repository, prompts: [] });

/** Reads the saved prompts of the repository with this name. Throws TransientError when GitHub is out. */
export async function readSaved(
  { accept, access }: PageDeps,
  viewer: Viewer,
  name: string | undefined,
): Promise<Saved> {
  const named = name === undefined ? undefined : readRepository(name);
  if (!named) return none(name);
  try {
    const installation = await accept.installations.of(named);
    if (!installation || installation.suspended) return none(name);
    const { installationId: installation_id } = installation;
    const resolved = await resolveRepository(
      await accept.installations.client(installation_id),
      named,
    );
    const place = resolved && { installation_id, repository: resolved.repository };
    if (!place || (await access(viewer, place)) !== 'write') return none(name);
    // The text of a private file is not shown to those who may see a public repository only.
    const prompts = promptsOf(await settingsOf(accept, place)).filter(({ untold }) => !untold);
    return { repository: name, prompts };
  } catch (error) {
    const failure = appFailure(error);
    if (failure instanceof UserError) return none(name);
    throw failure;
  }
}

/** The form with a saved prompt and its own wishes filled in. */
export function withSaved(draft: Draft, prompts: readonly SavedPrompt[], name: string): Draft {
  const saved = prompts.find((one) => one.name === name);
  if (!saved) return draft;
  return {
    ...draft,
    prompt: saved.prompt,
    model: saved.model ?? draft.model,
    effort: saved.effort ?? draft.effort,
    budget: saved.budget === undefined ? draft.budget : String(saved.budget / 1_000_000),
    plan: saved.plan ?? draft.plan,
  };
}
