import type { ActorTurn, Conversation } from '../actor.ts';
import { firstLine, searchPattern, searchWords } from './prompt-words.ts';
import type { Call, Seen } from './read-conversation.ts';
import { submitTurn } from './submit-turn.ts';
import { isTestPath, pathsIn } from './workspace-view.ts';

const MAX_FILES = 4;
/** What the product says to a model that shall only plan. */
const ORDER = 'Do not carry this out now: only plan it.';

/** Returns whether the task is to plan. */
export function isPlan(prompt: string): boolean {
  return prompt.includes(ORDER);
}

/** Returns the next turn towards a plan: search, read what was found, submit the files that a change would touch. */
export function planWork(conversation: Conversation, { prompt, calls }: Seen): ActorTurn {
  const wish = prompt.slice(0, prompt.indexOf(ORDER)).trim();
  if (calls.length === 0) return look(wish);
  const files = filesOf(calls);
  const isRead = calls.some(({ name }) => name === 'read');
  if (!isRead && files.length > 0) {
    return {
      thinking: `The search names ${files.join(', ')}. I read them and change nothing.`,
      toolUses: files.map((file_path) => ({ name: 'read', input: { file_path } })),
    };
  }
  const code = files.filter((path) => !isTestPath(path));
  const tests = files.filter(isTestPath);
  return submitTurn(conversation, {
    title: firstLine(wish),
    summary: [
      `1. Run the tests once to see what fails${named(tests)}.`,
      `2. Change what the request names, one line at a time${named(code)}.`,
      '3. Run the tests again after each change.',
    ].join('\n'),
    changes: code.map((path) => `\`${path}\`: the lines that the failing tests point at`),
    notDone: code.length === 0 ? ['Which file is meant? The search found none.'] : [],
    risks: ['The tests were not run for this plan.'],
  });
}

function look(wish: string): ActorTurn {
  const words = searchWords(wish);
  return {
    thinking: `I plan this and change nothing: ${firstLine(wish)}`,
    toolUses: [
      { name: 'glob', input: { pattern: '**/*.{js,mjs,ts}' } },
      ...(words.length === 0 ? [] : [{ name: 'grep', input: { pattern: searchPattern(words) } }]),
    ],
  };
}

/** What the search hit; without a hit what exists. */
function filesOf(calls: readonly Call[]): string[] {
  const hits = codeIn(calls, 'grep');
  const found = hits.length > 0 ? hits : codeIn(calls, 'glob');
  return found.slice(0, MAX_FILES);
}

function codeIn(calls: readonly Call[], tool: string): string[] {
  const paths = pathsIn(calls.filter(({ name }) => name === tool));
  return paths.filter((path) => !path.endsWith('.md'));
}

function named(paths: readonly string[]): string {
  return paths.length === 0 ? '' : `: ${paths.map((path) => `\`${path}\``).join(', ')}`;
}
