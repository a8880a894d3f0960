import type { Actor, ActorToolUse, ActorTurn } from '../../../../local/standin/anthropic/actor.ts';
import { submission } from './harness.ts';

const lines = Array.from({ length: 12 }, (_, line) => `line ${line}\n`).join('');

const edit = {
  name: 'edit',
  input: { file_path: 'count.txt', old_string: 'one', new_string: 'three' },
};
const write = { name: 'write', input: { file_path: 'docs/new.txt', content: lines } };
const read = (path: string) => ({ name: 'read', input: { file_path: path } });
const bash = (command: string) => ({ name: 'bash', input: { command } });
const submit = { name: 'submit', input: submission };

const made = "printf 'made\\n' > made.txt; chmod 755 tool.sh";
const whole = `mkdir -p docs; printf 'three\\n' > count.txt; printf '${lines.replaceAll('\n', '\\n')}' > docs/new.txt; ${made}`;

/** What each turn does, and what makes it good when a restart may have taken the turn before it away. */
const plan: readonly Readonly<{ uses: readonly ActorToolUse[]; repair?: string }>[] = [
  { uses: [read('count.txt'), read('notes.txt')] },
  { uses: [edit, write, bash(made)] },
  { uses: [bash('sh check.sh')], repair: whole },
  { uses: [submit] },
  { uses: [submit] },
];

/** The step behind which it says something instead of doing something. */
const silentAfter = 3;

const interrupted = /may have partly run|work tree was restored/;

/** Works step by step; after a restart that may have cost a change, it first makes sure of what should be there. */
export const killActor: Actor = ({ messages, outputSchema }): ActorTurn => {
  if (outputSchema !== null) {
    // The reviewer looks once, then finds nothing.
    return messages.length === 1
      ? { toolUses: [{ ...read('tool.sh'), id: 'toolu_review' }] }
      : { text: JSON.stringify({ findings: [] }) };
  }
  const said = messages
    .filter(({ role }) => role === 'assistant')
    .map((one) => JSON.stringify(one));
  const done = Number(
    /toolu_(\d+)_/.exec(said.findLast((one) => one.includes('toolu_')) ?? '')?.[1] ?? 0,
  );
  const step = plan[done];
  // Once it ends without a call, and is told to submit.
  const wasSilent = said.at(-1)?.includes('toolu_') === false;
  if (done === silentAfter && !wasSilent) return { text: 'All is done.' };
  if (!step) return { text: 'The plan has no further step.' };
  const told = interrupted.test(JSON.stringify(messages.at(-1)));
  const repair = told && step.repair ? [bash(step.repair)] : [];
  return {
    thinking: `Step ${done + 1}.`,
    toolUses: [...repair, ...step.uses].map((use, index) => ({
      ...use,
      id: `toolu_${done + 1}_${index}`,
    })),
  };
};
