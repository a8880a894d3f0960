const IGNORED = new Set(
  `about also answer before change code correctly does each explain file find fixed from function have
  into make makes must pass please read reads repository shall should show shown tell test tests that their then
  there these they this what when where which while with works would wrong your`.split(/\s+/),
);

/**
 * What a prompt wants: an answer, the duration fix that the actor knows, a sentence in the README, or something that it
 * has no rule for.
 */
export type PromptKind = 'question' | 'fix' | 'mention' | 'other';

/** Returns the kind of a prompt by its words. */
export function kindOfPrompt(prompt: string): PromptKind {
  const first = firstLine(prompt);
  if (/^(?:where|what|which|why|how|who|explain|describe)\b/i.test(first) || first.endsWith('?')) {
    return 'question';
  }
  if (/\bmention .+ in the readme\b/i.test(first)) return 'mention';
  const isKnown = /\b(?:durations?|minutes?|hours?|tests? (?:pass|fail|green)|failing)\b/i;
  return isKnown.test(prompt) ? 'fix' : 'other';
}

/** Returns the words of a prompt worth searching for, singular, at most six. */
export function searchWords(prompt: string): string[] {
  const words = prompt.match(/[A-Za-z][A-Za-z0-9_]{3,}/g) ?? [];
  const useful = words.filter((word) => !IGNORED.has(word.toLowerCase()));
  return [...new Set(useful.map(singular))].slice(0, 6);
}

/** Returns a regular expression that finds any of the words, capitalized or not. */
export function searchPattern(words: readonly string[]): string {
  return words
    .map((word) => {
      const initial = word.charAt(0);
      return `[${initial.toUpperCase()}${initial.toLowerCase()}]${word.slice(1)}`;
    })
    .join('|');
}

/** Returns the first line that is not empty. */
export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

function singular(word: string): string {
  return word.length > 4 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}
