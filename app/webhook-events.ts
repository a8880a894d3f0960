/** Whether an event goes on to the queue, and why not. */
export type PassResult =
  Readonly<{ type: 'passed' }> | Readonly<{ type: 'ignored'; reason: string }>;

type Rule = Readonly<{
  actions: readonly string[];
  contains?: string;
  /** Of a check that has ended, only a failure is of interest. */
  failedWhenCompleted?: true;
}>;

/** What decides which events go on. An event that is not here is ignored. */
const rules: Readonly<Record<string, Rule>> = {
  issue_comment: { actions: ['created'], contains: '/cody' },
  pull_request_review_comment: { actions: ['created'], contains: '/cody' },
  // Each of its remarks comes as an event of its own as well: without the word in this one, nothing is missed.
  pull_request_review: { actions: ['submitted'], contains: '/cody' },
  pull_request: { actions: ['opened', 'synchronize', 'reopened'] },
  check_run: {
    actions: ['completed', 'requested_action', 'rerequested'],
    failedWhenCompleted: true,
  },
  // `requested` comes for every push to every repository.
  check_suite: { actions: ['completed', 'rerequested'], failedWhenCompleted: true },
  installation: { actions: ['created', 'deleted', 'suspend', 'unsuspend'] },
};

/**
 * A cheap look at the raw bytes: is the event in the table, with one of its actions, and with the text that it needs?
 * It may pass what the handler then ignores, never the other way round.
 */
export function passes(event: string, body: Buffer): PassResult {
  const rule = Object.hasOwn(rules, event) ? rules[event] : undefined;
  if (!rule) return { type: 'ignored', reason: 'event not handled' };
  const action = rule.actions.find((name) => has(body, 'action', name));
  if (action === undefined) return { type: 'ignored', reason: 'action not handled' };
  if (rule.failedWhenCompleted && action === 'completed') {
    const failed = failures.some((conclusion) => has(body, 'conclusion', conclusion));
    if (!failed) return { type: 'ignored', reason: 'no failure' };
  }
  // JSON may write a slash as `\/`.
  const word = rule.contains;
  if (word && !body.includes(word) && !body.includes(word.replace('/', '\\/')))
    return { type: 'ignored', reason: `no ${word}` };
  return { type: 'passed' };
}

/** Whether an event with this action may pass, by what a list of deliveries tells of it. */
export function wantsAction(event: string, action: string | null): boolean {
  const rule = Object.hasOwn(rules, event) ? rules[event] : undefined;
  return rule !== undefined && rule.actions.some((name) => name === action);
}

const failures = ['failure', 'timed_out', 'startup_failure'];

function has(body: Buffer, field: string, value: string): boolean {
  return body.includes(`"${field}":"${value}"`) || body.includes(`"${field}": "${value}"`);
}
