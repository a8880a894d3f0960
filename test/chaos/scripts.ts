import type { Actor, ActorTurn, Conversation } from '../../local/standin/anthropic/actor.ts';

/** What the scripted model does: a prompt names its script with a word such as `script:edit`. */
export const scripts = {
  /** One file is written, and the work handed in. */
  edit: [
    {
      thinking: 'One file is enough.',
      toolUses: [{ name: 'write', input: { file_path: 'greeting.txt', content: 'Hello\n' } }],
    },
    submit('Add a greeting'),
  ],
  /** What is there already is changed again. */
  again: [
    {
      thinking: 'The greeting gets a second line.',
      toolUses: [{ name: 'write', input: { file_path: 'second.txt', content: 'Hello again\n' } }],
    },
    submit('Greet twice'),
  ],
  /** It only looks. */
  answer: [{ text: 'Nothing has to be changed: the greeting is there.' }],
  /** A look, an edit, a command and the end: many steps. */
  long: [
    { thinking: 'I look first.', toolUses: [{ name: 'glob', input: { pattern: '*' } }] },
    {
      thinking: 'One file is enough.',
      toolUses: [{ name: 'write', input: { file_path: 'greeting.txt', content: 'Hello\n' } }],
    },
    {
      thinking: 'I check it.',
      toolUses: [{ name: 'bash', input: { command: 'cat greeting.txt' } }],
    },
    submit('Add a greeting'),
  ],
} as const satisfies Readonly<Record<string, readonly ActorTurn[]>>;
export type ScriptName = keyof typeof scripts;

/** Plays the script that the conversation's prompt names. */
export const scriptActor: Actor = ({ messages }) => {
  const said = JSON.stringify(messages);
  const name = /script:([a-z]+)/.exec(said)?.[1] ?? '';
  const turns: readonly ActorTurn[] = isScript(name) ? scripts[name] : [];
  const played = messages.filter(({ role }) => role === 'assistant').length - interrupted(messages);
  return turns[played] ?? { text: 'This script has no further turn.' };
};

/** How many turns have to be played once more, because a call of theirs did not come to its end. */
function interrupted(messages: Conversation['messages']): number {
  return messages.filter(({ content }) => JSON.stringify(content).includes('"is_error":true'))
    .length;
}

function isScript(name: string): name is ScriptName {
  return Object.hasOwn(scripts, name);
}

function submit(title: string): ActorTurn {
  return {
    thinking: 'Done.',
    toolUses: [
      {
        name: 'submit',
        input: {
          title,
          summary: 'A greeting was added. This was done by a script.',
          changes: ['greeting.txt: new'],
          verification: [],
          not_done: [],
          risks: [],
        },
      },
    ],
  };
}
