import type { ActorTurn, Conversation } from '../actor.ts';
import { firstLine, searchPattern, searchWords } from './prompt-words.ts';
import { type Call, type Seen } from './read-conversation.ts';
import { stuckTurn, submitTurn } from './submit-turn.ts';
import { type FileView, isTestPath, pathsIn, viewWorkspace } from './workspace-view.ts';

const MAX_FILES = 4;
const MAX_PLACES = 8;

/** Returns the next turn towards an answer: search, read what was found, submit a summary without edits. */
export function answerQuestion(conversation: Conversation, { prompt, calls }: Seen): ActorTurn {
  const words = searchWords(prompt);
  if (calls.length === 0) return search(prompt, words);
  const view = viewWorkspace(calls);
  const problem = view.unclear[0];
  if (problem !== undefined) return stuckTurn(conversation, `${problem.path}: ${problem.problem}`);
  const isRead = calls.some(({ name }) => name === 'read');
  const paths = filesToRead(calls);
  if (!isRead && paths.length > 0) {
    return {
      thinking: `The search names ${paths.join(', ')}. I read them.`,
      toolUses: paths.map((file_path) => ({ name: 'read', input: { file_path } })),
    };
  }
  const places = view.files.flatMap((file) => placesIn(file, words)).slice(0, MAX_PLACES);
  return submitTurn(conversation, {
    title: `Answer: ${firstLine(prompt)}`,
    summary:
      places.length === 0
        ? `I found nothing about ${words.join(', ')} in this repository.`
        : `What the repository says about ${words.join(', ')}:\n\n${places.join('\n')}`,
  });
}

function search(prompt: string, words: readonly string[]): ActorTurn {
  return {
    thinking: `A question: ${firstLine(prompt)} I look for ${words.join(', ')} and change nothing.`,
    toolUses: [
      { name: 'glob', input: { pattern: '**/*.{js,mjs,ts,md}' } },
      ...(words.length === 0 ? [] : [{ name: 'grep', input: { pattern: searchPattern(words) } }]),
    ],
  };
}

// Code before tests, what the search hit before what merely exists.
function filesToRead(calls: readonly Call[]): string[] {
  const hits = pathsIn(calls.filter(({ name }) => name === 'grep'));
  const found = hits.length > 0 ? hits : pathsIn(calls).filter((path) => path.endsWith('.md'));
  return found
    .toSorted((left, right) => Number(isTestPath(left)) - Number(isTestPath(right)))
    .slice(0, MAX_FILES);
}

function placesIn({ path, lines }: FileView, words: readonly string[]): string[] {
  const isHit = new RegExp(searchPattern(words.length === 0 ? ['.'] : words));
  const isTelling = /^(?:export|function|class|const|#|- )|\/\*\*|^[A-Z]/;
  return lines.flatMap((line, index) =>
    isHit.test(line) && isTelling.test(line) ? [`- \`${path}:${index + 1}\` ${line.trim()}`] : [],
  );
}
