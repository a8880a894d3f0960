import type { Command } from '../../core/command.ts';
import type { ConfigFiles } from '../../core/repo-config/effective-settings.ts';
import { appFailure } from '../installations.ts';
import { brokenFilesReply, promptsReply, unknownPromptReply } from '../prompt-replies.ts';
import { listSchedules } from '../schedules/list-schedules.ts';
import { settingsOf } from '../settings.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { PromptCommand } from './decide.ts';
import type { Order } from './order.ts';
import { namedPrompts, savedCommand } from './saved-command.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'schedules' | 'now'>;

/** The answer to `/cody prompts`; what runs by itself is due from then on at the latest. Throws TransientError, and UserError for what GitHub refuses. */
export async function listPrompts(deps: Deps, order: Order): Promise<string> {
  const files = await filesOf(deps, order);
  const problem = broken(files);
  if (problem !== undefined) return problem;
  const { installation_id, repository } = order.source;
  const schedules = await listSchedules(deps, { installation_id, repository, files });
  const prompts = namedPrompts(files);
  return promptsReply(prompts, schedules);
}

/** What `/cody run <name>` stands for: a command, or the answer when there is none. Throws as `listPrompts` does. */
export async function findPrompt(
  deps: Deps,
  order: Order,
  run: Extract<Command, { type: 'run' }>,
): Promise<PromptCommand | string> {
  const files = await filesOf(deps, order);
  const found = savedCommand(run, files);
  if (found.type === 'found') return found.command;
  return broken(files) ?? unknownPromptReply(run.name, found.names);
}

async function filesOf(
  { installations }: Pick<Deps, 'installations'>,
  { source }: Order,
): Promise<ConfigFiles> {
  try {
    return await settingsOf({ installations }, source);
  } catch (error) {
    throw appFailure(error);
  }
}

/** A file with a problem is left aside as a whole, and its prompts with it. */
function broken({ repository, organization }: ConfigFiles): string | undefined {
  const files = [repository, organization].filter((file) => (file?.problems.length ?? 0) > 0);
  return files.length === 0 ? undefined : brokenFilesReply(files.flatMap((file) => file ?? []));
}
