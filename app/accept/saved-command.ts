import type { Command } from '../../core/command.ts';
import type { ConfigFiles } from '../../core/repo-config/effective-settings.ts';
import { type SavedPrompt, savedPrompts } from '../../core/repo-config/saved-prompt.ts';
import type { PromptCommand } from './decide.ts';

/** A saved prompt as a command, or the names that there are instead. */
export type SavedCommand =
  | Readonly<{ type: 'found'; command: PromptCommand }>
  | Readonly<{ type: 'unknown'; names: readonly string[] }>;

/**
 * What may be run by name in a repository, as it is listed: saved prompts, and sets of its organization that have a
 * prompt. The organization's file may be private: in `publicly` seen lists it tells no more than it describes, and no
 * repository of a set. Pure.
 */
export function namedPrompts(
  files: ConfigFiles,
  { publicly }: Readonly<{ publicly: boolean }>,
): readonly SavedPrompt[] {
  const organization = files.organization?.config ?? {};
  const own = new Set(files.repository?.config.prompts?.map(({ name }) => name));
  const prompts = savedPrompts(files.repository?.config ?? {}, organization).map((saved) =>
    publicly && !own.has(saved.name)
      ? { ...saved, description: saved.description ?? 'a prompt of the organization' }
      : saved,
  );
  const names = new Set(prompts.map(({ name }) => name));
  const sets = (organization.sets ?? []).flatMap(({ name, prompt, repositories }) =>
    prompt === undefined || names.has(name)
      ? []
      : [{ name, prompt, description: setWords(repositories, publicly) }],
  );
  return [...prompts, ...sets];
}

function setWords(repositories: readonly string[], publicly: boolean): string {
  const count = repositories.length;
  if (publicly) return `in ${count === 1 ? 'one repository' : `${count} repositories`} of a set`;
  return `in ${repositories.join(', ')}`;
}

/** Returns the command that a name stands for: a saved prompt here, or a set's prompt in the set. Pure. */
export function savedCommand(
  { name }: Extract<Command, { type: 'run' }>,
  files: ConfigFiles,
): SavedCommand {
  const organization = files.organization?.config ?? {};
  const prompts = savedPrompts(files.repository?.config ?? {}, organization);
  const saved = prompts.find((one) => one.name === name);
  if (saved) return { type: 'found', command: commandOf(saved) };
  const set = organization.sets?.find((one) => one.name === name);
  if (set?.prompt === undefined)
    return {
      type: 'unknown',
      names: namedPrompts(files, { publicly: true }).map((one) => one.name),
    };
  const shared = prompts.find((one) => one.name === set.prompt) ?? { prompt: set.prompt };
  return { type: 'found', command: { ...commandOf(shared), set: name } };
}

/** Returns the command that runs a saved prompt with its own wishes. */
export function commandOf(saved: Omit<SavedPrompt, 'name'>): PromptCommand {
  const { prompt, model, effort, budget, plan } = saved;
  return {
    type: 'prompt',
    prompt,
    repositories: [],
    open_pull_request: true,
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(budget === undefined ? {} : { budget_micro_usd: budget }),
    ...(plan ? { plan: true } : {}),
  };
}
