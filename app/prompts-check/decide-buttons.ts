import type { Command } from '../../core/command.ts';
import { type ButtonSubject, fixPrompt } from '../../core/render/prompts-check.ts';
import type { ButtonAction } from '../../core/store/buttons.ts';
import { commandOf, type PromptHere } from '../accept/saved-command.ts';

/** What Cody did last on a pull request. */
export type LastRun = Readonly<{
  request_id: string;
  /** True when none of its jobs goes on. */
  ended: boolean;
  /** How to take up what it did not finish; undefined when there is nothing, or somebody has. */
  unfinished: 'retry' | 'continue' | undefined;
  /** Its prompt with its wishes; undefined when it may not be told here. */
  prompt: Extract<Command, { type: 'prompt' }> | undefined;
  /** The beginning of the prompt; empty when it may not be told here. */
  excerpt: string;
}>;

/** What stands around the head of a pull request. */
export type PromptsFacts = Readonly<{
  /** The open pull request of that head; undefined when there is none. */
  pull_request: number | undefined;
  /** Saved prompts with a button, in the order of the files. */
  saved: readonly PromptHere[];
  /** Names of checks of other apps that fail on the head. */
  failing: readonly string[];
  last: LastRun | undefined;
}>;

/** A button to be shown: its words, what it is stored as, and what a press gives. */
export type WantedButton = Readonly<{
  subject: ButtonSubject;
  action: ButtonAction;
  command: Command;
}>;

/** GitHub shows at most three. */
const most = 3;

/**
 * Decides which buttons a head has: none where no file names a prompt with a button, unless a check fails where Cody has
 * worked. Undefined means that no check run is made for it. Pure.
 */
export function decideButtons(facts: PromptsFacts): readonly WantedButton[] | undefined {
  const { pull_request, saved, failing, last } = facts;
  if (pull_request === undefined) return undefined;
  if (saved.length === 0 && (failing.length === 0 || !last)) return undefined;
  return [...fix(facts), ...again(last), ...saved.map(savedButton)].slice(0, most);
}

function fix({ failing }: PromptsFacts): readonly WantedButton[] {
  if (failing.length === 0) return [];
  const prompt = fixPrompt(failing);
  return [
    {
      subject: { type: 'fix', checks: failing },
      action: { type: 'fix' },
      command: { type: 'prompt', prompt, repositories: [], open_pull_request: true },
    },
  ];
}

function again(last: LastRun | undefined): readonly WantedButton[] {
  if (!last?.ended) return [];
  const { request_id: id, unfinished, prompt, excerpt } = last;
  return [
    ...(unfinished === undefined
      ? []
      : [
          {
            subject: { type: 'retry' as const, how: unfinished, excerpt },
            action: { type: 'retry' as const },
            command: { type: unfinished, id },
          },
        ]),
    ...(prompt === undefined
      ? []
      : [
          {
            subject: { type: 'run' as const, excerpt },
            action: { type: 'run' as const },
            command: prompt,
          },
        ]),
  ];
}

function savedButton(saved: PromptHere): WantedButton {
  const { name, button, description, untold } = saved;
  return {
    subject: {
      type: 'saved',
      name,
      ...(description === undefined || untold ? {} : { description }),
      ...(typeof button === 'string' ? { label: button } : {}),
    },
    action: { type: 'saved', name },
    command: commandOf(saved),
  };
}
