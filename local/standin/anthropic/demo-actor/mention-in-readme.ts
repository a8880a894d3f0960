import type { ActorTurn, Conversation } from '../actor.ts';
import { firstLine } from './prompt-words.ts';
import type { Seen } from './read-conversation.ts';
import { stuckTurn, submitTurn } from './submit-turn.ts';
import { viewWorkspace } from './workspace-view.ts';

const PATH = 'README.md';

/** Returns the next turn towards one more sentence at the end of the README: read, add it, submit. */
export function mentionInReadme(conversation: Conversation, { prompt, calls }: Seen): ActorTurn {
  const view = viewWorkspace(calls);
  const sentence = sentenceOf(prompt);
  if (view.edits.length > 0) {
    return submitTurn(conversation, {
      title: `Mention ${subjectOf(prompt)} in the README`,
      summary: `\`${PATH}\` says now: ${sentence}`,
      changes: [`${PATH}: one more sentence`],
      risks: ['Nothing was run: only prose changed.'],
    });
  }
  const refused = view.refusals.calls.at(-1);
  if (refused) return stuckTurn(conversation, `the edit was refused: ${firstLine(refused.output)}`);
  const readme = view.files.find(({ path }) => path === PATH);
  if (!readme) return calls.length === 0 ? look(prompt) : stuckTurn(conversation, 'no README.md');
  const last = readme.lines.findLast((line) => line.trim() !== '');
  if (last === undefined) return stuckTurn(conversation, 'the README is empty');
  if (readme.lines.includes(sentence)) {
    return submitTurn(conversation, {
      title: 'No change to the README',
      summary: `I changed nothing: \`${PATH}\` says it already.`,
    });
  }
  return {
    thinking: `I add one sentence at the end of ${PATH}.`,
    toolUses: [
      {
        name: 'edit',
        input: { file_path: PATH, old_string: last, new_string: `${last}\n\n${sentence}` },
      },
    ],
  };
}

function look(prompt: string): ActorTurn {
  return {
    thinking: `The request: ${firstLine(prompt)} I read the README.`,
    toolUses: [{ name: 'read', input: { file_path: PATH } }],
  };
}

function subjectOf(prompt: string): string {
  return (/\bmention (.+?) in the readme/i.exec(prompt)?.[1] ?? 'it').trim();
}

function sentenceOf(prompt: string): string {
  return /\bunits?\b/i.test(subjectOf(prompt))
    ? 'Durations are whole minutes.'
    : `On request: ${subjectOf(prompt)}.`;
}
