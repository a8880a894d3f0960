import type { ProcessResult } from '../../../core/process.ts';

/** A call of git as far as its answer depends on it. */
type Call = Readonly<{ dir: string; args: readonly string[]; input: string | undefined }>;

/** Answers of git that stay the same for as long as the repository stands. */
export type LastingAnswers = Readonly<{
  /** The answer that is known, or that of `ask`, which is kept when it will last; `ask` must not reject. */
  get: (call: Call, ask: () => Promise<ProcessResult>) => Promise<ProcessResult>;
}>;

const READING = new Set(['cat-file', 'diff', 'ls-tree', 'merge-base', 'merge-tree', 'rev-list']);
const FULL_NAMES = /^[0-9a-f]{40}(?:\.\.\.?[0-9a-f]{40}|\^\{[a-z]+\}|:.*)?$/;
const MOST_ANSWERS = 1_000;
const MOST_BYTES = 256 * 1024;

/**
 * Keeps what git says of objects that are named by their full SHA-1: those never change. Starting a process costs a
 * hundred times as much, and whoever follows a pull request asks the same again and again.
 */
export function createLastingAnswers(): LastingAnswers {
  const known = new Map<string, Promise<ProcessResult>>();
  const keep = async (key: string, ask: () => Promise<ProcessResult>) => {
    const result = await ask();
    if (!isKept(result)) known.delete(key);
    return result;
  };
  return {
    get: (call, ask) => {
      if (!lasts(call)) return ask();
      const key = JSON.stringify(call);
      const answer = known.get(key) ?? keep(key, ask);
      known.set(key, answer);
      const [oldest] = known.keys();
      if (known.size > MOST_ANSWERS && oldest !== undefined) known.delete(oldest);
      return answer;
    },
  };
}

function lasts({ args, input }: Call): boolean {
  const [command = '', ...rest] = args;
  const names = rest.filter((argument) => !argument.startsWith('-'));
  if (input !== undefined) names.push(...input.trimEnd().split('\n'));
  // Without a name git looks at what it takes for the present state.
  return READING.has(command) && names.length > 0 && names.every((name) => FULL_NAMES.test(name));
}

/** An object that is not there yet may come; git says 1 where the answer is no. */
function isKept({ exitCode, stdout }: ProcessResult): boolean {
  if (exitCode !== 0 && exitCode !== 1) return false;
  // A file with these words in it is asked for again, which does no harm.
  return stdout.length <= MOST_BYTES && !stdout.includes(' missing\n');
}
