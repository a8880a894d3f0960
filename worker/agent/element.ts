/** Returns the text between tags of that name. It cannot end its element early, nor open one of ours. */
export function element(name: string, text: string): string {
  return `<${name}>\n${unforgeable(text)}\n</${name}>`;
}

/** The same with attributes, whose values are cut to one plain line. */
export function labelled(
  name: string,
  attributes: Readonly<Record<string, string>>,
  text: string,
): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${plain(value)}"`);
  return `<${name}${given.join('')}>\n${unforgeable(text)}\n</${name}>`;
}

/** An element around elements and sentences of ours: data in `parts` must stand in elements of its own. */
export function nested(name: string, parts: readonly string[]): string {
  return `<${name}>\n${joined(parts)}\n</${name}>`;
}

function plain(value: string): string {
  return value.replaceAll(/[\p{C}"<>&\n\r]/gu, '_').slice(0, 200);
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
  'review_comments',
  'remarks',
  'failing_checks',
  'conversation',
  'said',
  'linked_issue',
  'attached_file',
  'attached_image',
  'missing_attachments',
  'approved_plan',
  'pull_request_template',
  'privacy',
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
