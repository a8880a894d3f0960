import { CauseCode } from './cause.ts';

/** When a job ends with a cause, and what can be done about it. Markdown without line breaks. */
export type CauseGuide = Readonly<{ when: string; next: string }>;

/** What docs/outcomes.md says about each cause code. */
export const causeGuide: Readonly<Record<CauseCode, CauseGuide>> = {
  completed: {
    when: 'The agent handed in its work',
    next: 'Review the pull request',
  },
  answered: {
    when: 'The agent handed in an answer and changed nothing',
    next: 'Nothing',
  },
  planned: {
    when: 'A plan was asked for and made; nothing was changed',
    next: '`/cody approve <id>` runs it, a new prompt drops it',
  },
  cancelled_by_user: {
    when: '`/cody cancel`',
    next: '`/cody continue` goes on from what is kept',
  },
  no_pull_request_asked: {
    when: '`--no-pr` was given',
    next: 'Take the patch from the data folder or the bucket',
  },
  pull_request_of_fork: {
    when: 'The prompt stands on a pull request from a fork, which is never pushed to',
    next: "The prompt again with `--draft` or `--ready` opens a pull request against the base branch, with the fork's commits: review them first",
  },
  budget_exhausted: {
    when: "The job's share of the budget, the requester's day or the installation's month is used up",
    next: '`/cody continue` when the job met it; otherwise a smaller `--budget`, or wait',
  },
  turn_limit: {
    when: 'The run met its limit of turns',
    next: '`/cody continue`, or split the task',
  },
  token_limit: {
    when: 'The run met its limit of tokens',
    next: '`/cody continue`, or split the task',
  },
  time_limit: {
    when: 'The run met its limit of minutes',
    next: '`/cody continue`, or split the task',
  },
  stuck: {
    when: 'The agent repeated itself without progress',
    next: 'Say it in other words, or in smaller steps; `/cody continue` tries again from there',
  },
  model_refused: {
    when: 'The model declined; its reason is shown',
    next: 'Rephrase',
  },
  context_exceeded: {
    when: 'The conversation no longer fits the model',
    next: 'Split the task',
  },
  model_key_rejected: {
    when: 'The Anthropic API refused the key (401, 403); not tried again',
    next: 'The operator checks `ANTHROPIC_API_KEY`; then `/cody retry`',
  },
  model_rate_limited: {
    when: 'The API kept answering for ten minutes that its rate limit is reached',
    next: 'Ask again later; the operator raises the limit',
  },
  model_overloaded: {
    when: 'The API kept answering for ten minutes that it is overloaded',
    next: 'Ask again later',
  },
  model_spend_limit: {
    when: "The Anthropic account's spend limit is met (402, 429), and for queued jobs: it was for six hours",
    next: 'The operator raises it; then `/cody retry`',
  },
  model_unavailable: {
    when: 'The API could not be reached, or did not answer in full, within ten minutes of tries',
    next: 'Ask again later',
  },
  model_rejected_request: {
    when: 'The API refused a request as malformed',
    next: 'A defect: tell the operator',
  },
  github_forbidden: {
    when: 'GitHub refused; the missing permission is named',
    next: 'The owner of the account accepts it',
  },
  github_rejected: {
    when: 'GitHub refused a write as invalid; its words are shown',
    next: 'What those words say, then `/cody retry`',
  },
  github_unavailable: {
    when: 'GitHub did not answer',
    next: 'Ask again later; the patch is safe',
  },
  workflows_permission: {
    when: 'The patch changes `.github/workflows` and the App may not',
    next: 'Grant `workflows: write`, or apply the patch by hand',
  },
  permission_lost: {
    when: "The requester may no longer write to the target, or a `cody.yml` closes it to them; one that can't be read ends no running job, whose patch is kept",
    next: 'Ask its owner, or correct the file on the default branch',
  },
  repository_archived: {
    when: 'The repository was archived after the prompt',
    next: 'Unarchive it and ask again',
  },
  repository_empty: {
    when: 'The repository has no commit',
    next: 'Push a first commit and ask again',
  },
  repository_gone: {
    when: 'The repository or the pull request is gone, or the App may not see it any more',
    next: 'Install the App there, then ask again',
  },
  repository_public: {
    when: 'The target became public after a request that was made in private: its texts stay out of what is public',
    next: 'Ask again in a public place, or apply the patch by hand',
  },
  base_branch_missing: {
    when: 'The branch that the work starts from or goes to does not exist any more',
    next: 'Ask again with `--base`',
  },
  branch_taken: {
    when: "The job's branch holds somebody else's commit, or the pull request's head moved while the agent worked; neither is overwritten",
    next: 'Rename that branch, or ask again',
  },
  pull_request_closed: {
    when: 'A person closed the pull request of this request, or the one it was asked on; it stays closed',
    next: 'Ask again for a new one',
  },
  secret_in_patch: {
    when: 'The patch contains something that looks like a secret',
    next: 'Remove it and ask again',
  },
  outside_path: {
    when: 'The patch touches files outside of the folders that `paths:` or `--path` allow; they are named',
    next: 'Apply the patch by hand, or ask again with wider folders',
  },
  gate_rule: {
    when: 'The patch breaks a rule of the publish gate that blocks; rule and files are named',
    next: 'Review the patch and apply it by hand; the operator can have the rule shown instead',
  },
  too_large: {
    when: "More than 3,000 files or 40 MB, or a repository beyond the worker's disk",
    next: 'Split the task',
  },
  disk_full: {
    when: 'The worker ran out of disk',
    next: 'The operator gives it more',
  },
  out_of_memory: {
    when: "The worker's memory was used up, also after the job got twice as much",
    next: 'Split the task, or let `verify:` run less at once; the operator gives workers more memory',
  },
  worker_lost: {
    when: 'Three workers died or lost their lease, or processes of its tools could not be ended',
    next: "The operator looks at the worker's log",
  },
  launch_failed: {
    when: 'No worker could be started; the reason is shown',
    next: 'The operator looks at it',
  },
  waited_too_long: {
    when: 'The job waited for a free worker for a day (`CODY_LONGEST_WAIT_MS`)',
    next: '`/cody retry`; the operator allows more workers',
  },
  undeliverable: {
    when: 'A message failed five times',
    next: 'The operator looks at the log',
  },
  internal_error: {
    when: 'A defect; its stack is in the log',
    next: 'Tell the operator',
  },
};

/** Returns the table of all causes as Markdown. */
export function causeTable(): string {
  const rows = CauseCode.options.map((code) => {
    const { when, next } = causeGuide[code];
    // Problems of the JSON API point at the row.
    return `| <a id="${code}"></a>\`${code}\` | ${when} | ${next} |`;
  });
  return ['| Code | When | What to do |', '| --- | --- | --- |', ...rows].join('\n');
}
