import type { Bug } from './bug.ts';

/** Mistakes that only real processes and queues meet. */
export const stackBugs: readonly Bug[] = [
  {
    name: 'semantic_key_by_delivery',
    what: 'the same comment in another delivery is another command',
    file: 'app/accept/event/issue-comment.ts',
    find: 'const key = `comment:${repository.id}:${comment.id}`;',
    replace: 'const key = `comment:${repository.id}:${comment.id}:${Date.now()}`;',
    caughtBy: { family: 'messages', ids: /^messages\/new_GUID\/.*issue_comment$/ },
  },
  {
    name: 'dead_letters_dropped',
    what: 'a command that could not be handled is dropped in silence',
    file: 'app/bury.ts',
    find: 'await reply({ ...deps.accept, log }, order, undeliverableReply());',
    replace: 'void [reply, undeliverableReply, order];',
    caughtBy: { family: 'kill', ids: /^kill\/edit\/bury command\// },
  },
  {
    name: 'acknowledged_before_handled',
    what: 'a message whose handler failed counts as handled',
    file: 'app/lambda/queue-batch.ts',
    find: "if (handled.type === 'done') return [];",
    replace: 'if (handled.type.length > 0) return [];',
    caughtBy: { family: 'messages', ids: /^messages\/handled_again\// },
  },
  {
    name: 'push_before_intent',
    what: 'a commit is pushed before it is noted',
    file: 'worker/publish/commit.ts',
    find: `  await deps.record({ branch: input.branch, commit_sha: commit.sha });
  await runStep(deps, () => fastForward(deps, target, { ...input, commit }));
`,
    replace: `  await runStep(deps, () => fastForward(deps, target, { ...input, commit }));
  await deps.record({ branch: input.branch, commit_sha: commit.sha });
`,
    caughtBy: { family: 'kill', ids: /^kill\/iterate\/.*PATCH.*refs.*\/after\/taken_over$/ },
  },
  {
    name: 'sigterm_ignored',
    what: 'a worker that is told to stop goes on until it is killed',
    file: 'worker/main.ts',
    find: "process.on('SIGTERM', stop);",
    replace: "process.on('SIGTERM', () => process.exit(0));",
    caughtBy: { family: 'kill', ids: /^kill\/edit\/terminate\// },
  },
];
