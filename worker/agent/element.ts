/** Returns the text between tags of that name. It cannot end its element early, nor open one of ours. */
export function element(name: string, text: string): string {
  return `<${name}>\n${unforgeable(text)}\n</${name}>`;
}

const tags = [
  'task',
  'context',
  'run',
  'instructions',
  'repo_overview',
  'setup',
  'stat',
  'diff',
  'last_words',
  'decisions',
  'changed_files',
  'last_command',
  'commands',
  'pull_request',
  'continued',
  'earlier_runs',
  'comments',
  'other_comments',
  'review_comments',
  'remarks',
  'failing_checks',
  'approved_plan',
];
const ownTags = new RegExp(`<(?=[\\s/]*(?:${tags.join('|')})\\b)`, 'gi');

/** Data that holds one of our tags could end its element early and pose as the task. */
export function unforgeable(text: string): string {
  return text.replaceAll(ownTags, '&lt;');
}

/** The parts that are not empty, with a blank line between them. */
export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
