import type { Command } from '../command.ts';
import { readSubcommand } from './subcommand.ts';

/** Returns the command as a person would type it; `parseCommand` reads the same command from it. */
export function renderCommand(command: Command): string {
  switch (command.type) {
    case 'help':
      return '/cody help';
    case 'continue':
      return '/cody continue';
    case 'retry': {
      const { repository } = command;
      return words(['/cody retry', repository && `${repository.owner}/${repository.name}`]);
    }
    case 'status':
      return words(['/cody status', command.id]);
    case 'cancel': {
      const { id, repository } = command;
      return words([
        '/cody cancel',
        id ?? (repository && `${repository.owner}/${repository.name}`),
      ]);
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
    command.base && `--base ${command.base}`,
    command.model && `--model ${command.model}`,
    command.effort && `--effort ${command.effort}`,
    command.budget_micro_usd && `--budget ${dollars(command.budget_micro_usd)}`,
    command.draft === undefined ? undefined : command.draft ? '--draft' : '--ready',
    command.open_pull_request ? undefined : '--no-pr',
  ];
  return words(['/cody', ...options, ambiguous(command.prompt) ? '--' : undefined, command.prompt]);
}

function ambiguous(prompt: string): boolean {
  return prompt.startsWith('--') || readSubcommand(prompt) !== undefined;
}

function dollars(microUsd: number): string {
  return (microUsd / 1_000_000).toFixed(6).replace(/\.?0+$/, '');
}

function words(parts: readonly (string | number | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}
