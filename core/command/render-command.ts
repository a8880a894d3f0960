import type { Command } from '../command.ts';
import { lacksArgument, readSubcommand } from './subcommand.ts';

/** Returns the command as a person would type it; `parseCommand` reads the same command from it. */
export function renderCommand(command: Command): string {
  switch (command.type) {
    case 'help':
    case 'usage':
    case 'prompts':
      return `/cody ${command.type}`;
    case 'run':
      return `/cody run ${command.name}`;
    case 'approve':
    case 'status':
    case 'continue':
    case 'rebase':
      return words(['/cody', command.type, command.id]);
    case 'retry':
    case 'cancel': {
      const { type, id, repository } = command;
      return words(['/cody', type, id ?? (repository && `${repository.owner}/${repository.name}`)]);
    }
    case 'prompt':
      return renderPrompt(command);
  }
}

function renderPrompt(command: Extract<Command, { type: 'prompt' }>): string {
  const options = [
    ...command.repositories.map(
      ({ owner, name, branch }) => `--repo ${owner}/${name}${branch ? `@${branch}` : ''}`,
    ),
    command.set && `--set ${command.set}`,
    command.base && `--base ${command.base}`,
    command.path && `--path ${command.path}`,
    command.model && `--model ${command.model}`,
    command.effort && `--effort ${command.effort}`,
    command.budget_micro_usd && `--budget ${dollars(command.budget_micro_usd)}`,
    command.draft === undefined ? undefined : command.draft ? '--draft' : '--ready',
    command.open_pull_request ? undefined : '--no-pr',
    command.plan ? '--plan' : undefined,
    command.allow_public ? '--allow-public' : undefined,
  ];
  return words(['/cody', ...options, ambiguous(command.prompt) ? '--' : undefined, command.prompt]);
}

function ambiguous(prompt: string): boolean {
  if (prompt.startsWith('--')) return true;
  return readSubcommand(prompt) !== undefined || lacksArgument(prompt) !== undefined;
}

function dollars(microUsd: number): string {
  return (microUsd / 1_000_000).toFixed(6).replace(/\.?0+$/, '');
}

function words(parts: readonly (string | number | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}
