/** Whether an event goes on to the queue, and why not. */
export type PassResult =
  Readonly<{ type: 'passed' }> | Readonly<{ type: 'ignored'; reason: string }>;

type Rule = Readonly<{ actions: readonly string[]; contains?: string }>;

/** What decides which events go on. An event that is not here is ignored. */
const rules: Readonly<Record<string, Rule>> = {
  issue_comment: { actions: ['created'], contains: '/cody' },
  pull_request_review_comment: { actions: ['created'], contains: '/cody' },
  // Each of its remarks comes as an event of its own as well: without the word in this one, nothing is missed.
  pull_request_review: { actions: ['submitted'], contains: '/cody' },
  installation: { actions: ['created', 'deleted', 'suspend', 'unsuspend'] },
};

/**
 * A cheap look at the raw bytes: is the event in the table, with one of its actions, and with the text that it needs?
 * It may pass what the handler then ignores, never the other way round.
 */
export function passes(event: string, body: Buffer): PassResult {
  const rule = Object.hasOwn(rules, event) ? rules[event] : undefined;
  if (!rule) return { type: 'ignored', reason: 'event not handled' };
  const spaced = body.includes('"action": ');
  const action = rule.actions.some((name) =>
    body.includes(`"action":${spaced ? ' ' : ''}"${name}"`),
  );
  if (!action) return { type: 'ignored', reason: 'action not handled' };
  // JSON may write a slash as `\/`.
  const word = rule.contains;
  if (word && !body.includes(word) && !body.includes(word.replace('/', '\\/')))
    return { type: 'ignored', reason: `no ${word}` };
  return { type: 'passed' };
}
