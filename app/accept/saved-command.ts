import type { Command } from '../../core/command.ts';
import type { ConfigFiles } from '../../core/repo-config/effective-settings.ts';
import { type SavedPrompt, savedPrompts } from '../../core/repo-config/saved-prompt.ts';
import type { PromptCommand } from './decide.ts';

/** A saved prompt as a command, or the names that there are instead. */
export type SavedCommand =
  | Readonly<{ type: 'found'; command: PromptCommand }>
  | Readonly<{ type: 'unknown'; names: readonly string[] }>;

/** A saved prompt; `untold` when only its name may be told where it is run. */
export type PromptHere = SavedPrompt & Readonly<{ untold?: boolean }>;

/** Returns the saved prompts that may be run in a repository: its own, then its organization's. Pure. */
export function promptsOf({ repository, organization }: ConfigFiles): readonly PromptHere[] {
  const own = new Set(repository?.config.prompts?.map(({ name }) => name));
  return savedPrompts(repository?.config ?? {}, organization?.config ?? {}).map((saved) =>
    organization?.untold && !own.has(saved.name) ? { ...saved, untold: true } : saved,
  );
}

/**
 * What may be run by name in a repository, as it is listed: saved prompts, and sets of its organization that have a
 * prompt. Nothing of a private file is listed in public, where it can be run by whoever knows its name. Pure.
 */
export function namedPrompts(files: ConfigFiles): readonly SavedPrompt[] {
  const prompts = promptsOf(files).filter(({ untold }) => !untold);
  if (files.organization?.untold) return prompts;
  const names = new Set(prompts.map(({ name }) => name));
  const sets = (files.organization?.config.sets ?? []).flatMap(({ name, prompt, repositories }) =>
    prompt === undefined || names.has(name)
      ? []
      : [{ name, prompt, description: `in ${repositories.join(', ')}` }],
  );
  return [...prompts, ...sets];
}

/** Returns the command that a name stands for: a saved prompt here, or a set's prompt in the set. Pure. */
export function savedCommand(
  { name }: Extract<Command, { type: 'run' }>,
  files: ConfigFiles,
): SavedCommand {
  const prompts = promptsOf(files);
  const saved = prompts.find((one) => one.name === name);
  if (saved) return { type: 'found', command: commandOf(saved) };
  const { config, untold } = files.organization ?? {};
  const set = config?.sets?.find((one) => one.name === name);
  if (set?.prompt === undefined)
    return { type: 'unknown', names: namedPrompts(files).map((one) => one.name) };
  const shared = prompts.find((one) => one.name === set.prompt) ?? { name, prompt: set.prompt };
  // The name that was typed is the set's.
  const typed = untold ? { name, untold: true } : {};
  return { type: 'found', command: { ...commandOf({ ...shared, ...typed }), set: name } };
}

/** Returns the command that runs a saved prompt with its own wishes. */
export function commandOf(saved: PromptHere): PromptCommand {
  const { name, prompt, model, effort, budget, plan, untold } = saved;
  return {
    type: 'prompt',
    prompt,
    ...(untold ? { excerpt: `/cody run ${name}`, untold } : {}),
    repositories: [],
    open_pull_request: true,
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(budget === undefined ? {} : { budget_micro_usd: budget }),
    ...(plan ? { plan: true } : {}),
  };
}
