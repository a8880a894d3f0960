import type { Bug } from './bug.ts';

const caughtBy = { family: 'model' } as const;

/** Mistakes that random runs of the model find. */
export const modelBugs: readonly Bug[] = [
  {
    name: 'fence_not_in_table_writes',
    what: 'writes to a job do not compare its fence',
    file: 'core/store/job-actions.ts',
    find: "    { attribute: 'fence', is: '=', value: job.fence },\n",
    replace: '',
    caughtBy,
  },
  {
    name: 'journal_without_fence',
    what: 'entries of the journal are taken from a worker that lost its job',
    file: 'core/store/journal-store.ts',
    find: "    { attribute: 'fence', is: '=', value: job.fence },\n",
    replace: '',
    caughtBy,
  },
  {
    name: 'no_fence_before_github',
    what: 'the lease is not looked at before a write to GitHub',
    file: 'worker/publish/step.ts',
    find: '  await deps.fence();\n',
    replace: '',
    caughtBy,
  },
  {
    name: 'fence_check_ignores_lease',
    what: 'a lease that ran out counts until somebody takes over',
    file: 'core/store/job-lease.ts',
    find: 'const leased = (current?.lease_until ?? 0) > deps.now();',
    replace: 'const leased = true;',
    caughtBy,
  },
  {
    name: 'heartbeat_revives_lost_lease',
    what: 'a heartbeat is written without a condition',
    file: 'core/store/job-lease.ts',
    find: '  await fenced(deps, job, { lease_until: until, due_at: until });',
    replace:
      "  await deps.table.transact([{ type: 'update', key: keys.job(job.id), set: { lease_until: until, due_at: until } }]);",
    caughtBy,
  },
  {
    name: 'lease_without_heartbeat',
    what: 'the lease is taken once and never renewed',
    file: 'worker/lease.ts',
    find: 'setInterval(() => void beat(), options.heartbeatMs)',
    replace: 'setInterval(() => undefined, options.heartbeatMs)',
    caughtBy,
  },
  {
    name: 'dead_leases_ignored',
    what: 'only a task that is gone gives its job up, not one that hangs',
    file: 'app/recovery.ts',
    find: "if (job.state !== 'starting') return (job.lease_until ?? 0) <= now;",
    replace: "if (job.state !== 'starting') return false;",
    caughtBy,
  },
  {
    name: 'no_attempt_limit',
    what: 'a job whose workers die is started for ever',
    file: 'app/recovery.ts',
    find: 'if (job.attempt < maxAttempts) return',
    replace: 'if (job.attempt >= 0) return',
    caughtBy,
  },
  {
    name: 'lost_message_not_sent_again',
    what: 'the sweep passes over jobs that wait',
    file: 'app/recovery.ts',
    find: "return (job.due_at ?? 0) <= now ? { type: 'send' } : { type: 'none' };",
    replace: "return { type: 'none' };",
    caughtBy,
  },
  {
    name: 'settles_a_later_attempt',
    what: 'the end of an old task gives up the attempt that runs now',
    file: 'app/settle.ts',
    find: `  if (String(job.attempt) !== environment.get('CODY_ATTEMPT')) return;
  if (job.task_arn !== undefined && job.task_arn !== detail.taskArn) return;
  // A number may be used again when a start found no capacity; the key never is.
  const key = environment.get('CODY_ATTEMPT_KEY');
  if (key !== undefined && sha256(key) !== job.attempt_key_sha256) return;
`,
    replace: '',
    caughtBy,
  },
  {
    name: 'pull_request_without_lookup',
    what: 'a pull request is opened without a look at what is there, before and after',
    file: 'worker/publish/pull-request.ts',
    find: `    (await findPullRequest(deps, target, branch)) ??
    (await open(deps, target, input)) ??
    (await findPullRequest(deps, target, branch));`,
    replace: '    await open(deps, target, input);',
    caughtBy,
  },
  {
    name: 'check_run_without_lookup',
    what: 'each attempt makes a check run of its own',
    file: 'worker/publish/check-run.ts',
    find: 'const found = await findCheckRun(deps, target, input);',
    replace: 'const found = undefined as CheckRun | undefined;',
    caughtBy,
  },
  {
    name: 'random_branch',
    what: 'the name of the branch holds a random part',
    file: 'core/ids.ts',
    find: "return slug === '' ? `cody/${request}` : `cody/${request}-${slug}`;",
    replace: 'return `cody/${request}-${slug}-${randomKey().slice(0, 6).toLowerCase()}`;',
    caughtBy,
  },
  {
    name: 'comment_without_lookup',
    what: 'a comment is posted without a look at those that are there',
    file: 'app/own-comment.ts',
    find: `  const existing = await findOwnComment(place, comment);
  if (existing !== undefined) return { id: existing, created: false };
  const { id } = Comment.parse(await place.create(comment.body));
  const first = (await findOwnComment(place, comment)) ?? id;
`,
    replace: `  const { id } = Comment.parse(await place.create(comment.body));
  const first = id;
`,
    caughtBy,
  },
  {
    name: 'closing_comment_without_condition',
    what: 'whoever is there posts the closing comment',
    file: 'app/report.ts',
    find: `  const { id: closing_comment_id } = await postOnce(conversation(github, thread), {
    marker`,
    replace: `  const { id: closing_comment_id } = await ((place: any, one: any) => place.create(one.body))(conversation(github, thread), {
    marker`,
    caughtBy,
  },
  {
    name: 'report_without_version_check',
    what: 'a report counts as written for what came after it was read',
    file: 'app/report.ts',
    find: 'return deps.requests.saveReport(report, { rendered: leased.wanted });',
    replace:
      'const newest = await deps.requests.report(leased.request_id);\n  return deps.requests.saveReport(report, { rendered: newest?.wanted ?? leased.wanted });',
    caughtBy,
  },
  {
    name: 'report_leaves_the_list_behind',
    what: 'a report that is behind is taken off the list of the sweep',
    file: 'core/store/report-lease.ts',
    find: "when: [heldBy(report), { attribute: 'wanted', is: '=', value: report.rendered }],",
    replace: 'when: [heldBy(report)],',
    caughtBy,
  },
  {
    name: 'terminal_releases_twice',
    what: 'the end of a job takes what it did not spend off the counters twice',
    file: 'core/store/job-actions.ts',
    find: 'add: { committed: -unspent }',
    replace: 'add: { committed: -2 * unspent }',
    caughtBy,
  },
  {
    name: 'reservation_not_released',
    what: 'what a job did not spend stays reserved',
    file: 'core/store/job-actions.ts',
    find: 'if (unspent <= 0) return [];',
    replace: 'if (unspent > -1) return [];',
    caughtBy,
  },
  {
    name: 'released_by_an_old_cost',
    what: 'the end of a job does not compare the cost by which it releases',
    file: 'core/store/job-actions.ts',
    find: '...(options.settled\n',
    replace: '...(options.settled && before.turns < 0\n',
    caughtBy,
  },
  {
    name: 'state_change_overwrites_money',
    what: 'a change of state writes back the cost that was read with the job',
    file: 'core/store/job-actions.ts',
    find: "const ignored = new Set(['pk', 'sk', 'cancel_requested_by', ...moneyFields]);",
    replace: "const ignored = new Set(['pk', 'sk', 'cancel_requested_by']);",
    caughtBy,
  },
  {
    name: 'budget_cap_not_checked',
    what: 'a reservation fits whatever is committed',
    file: 'core/store/budget.ts',
    find: "{ attribute: 'committed', is: '<=' as const, value: room },",
    replace: "{ attribute: 'committed', is: 'present' as const },",
    caughtBy,
  },
  {
    name: 'admission_ignores_an_installation',
    what: 'the places of an installation are never full',
    file: 'core/store/job-queue.ts',
    find: 'takeSlot(`installation#${job.installation_id}`, job.id, admission.installation),',
    replace: 'takeSlot(`installation#${job.installation_id}`, job.id, 1_000),',
    caughtBy,
  },
  {
    name: 'requeue_keeps_its_places',
    what: 'a job that goes back to wait keeps the places of its worker',
    file: 'core/store/job-queue.ts',
    find: `    wantReport(job.request_id, deps.now()),
    ...freeSlots(job),
`,
    replace: '    wantReport(job.request_id, deps.now()),\n',
    caughtBy,
  },
  {
    name: 'start_leaves_the_list',
    what: 'a job that is starting is not on the list of the sweep',
    file: 'core/store/job-queue.ts',
    find: 'due_at: now + options.startWithinMs,',
    replace: 'due_at: undefined,',
    caughtBy,
  },
  {
    name: 'start_without_a_new_fence',
    what: 'a new attempt has the fence of the one before',
    file: 'core/store/job-queue.ts',
    find: `    attempt: job.attempt + 1,
    fence: job.fence + 1,
`,
    replace: '    attempt: job.attempt + 1,\n',
    caughtBy,
  },
  {
    name: 'publishing_runs_the_agent_again',
    what: 'a job that goes back to wait forgets how far it was',
    file: 'core/store/job-queue.ts',
    find: 'phase: change.phase ?? job.phase,',
    replace: "phase: 'agent',",
    caughtBy,
  },
  {
    name: 'ends_twice',
    what: 'a job that has ended may end once more',
    file: 'core/store/job-move.ts',
    find: '{ states: [job.state], settled: ended, sameLease }',
    replace:
      "{ states: [job.state, 'cancelled', 'failed', 'pull_request'], settled: ended, sameLease }",
    caughtBy,
  },
  {
    name: 'cancel_ignored',
    what: 'a worker does not look for a cancel when it renews its lease',
    file: 'worker/lease.ts',
    find: 'if (stored.cancel_requested_by) abort.abort(cancelled(stored.cancel_requested_by));',
    replace: 'void stored;',
    caughtBy,
  },
  {
    name: 'cancel_ignored_after_claim',
    what: 'a cancel that came before the claim is not seen',
    file: 'worker/lease.ts',
    find: "if (job.cancel_requested_by && job.state === 'running') {",
    replace: "if (job.cancel_requested_by && job.state === 'queued') {",
    caughtBy,
  },
  {
    name: 'call_before_intent',
    what: 'the model is called before the money for it is reserved',
    file: 'worker/agent/paid-call.ts',
    find: `  if (!(await reserve(recorder, call.intent))) return undefined;
  const reply = await deps.model(call.request(), runDeadline(recorder, deps), call.onBegin);
`,
    replace: `  const reply = await deps.model(call.request(), runDeadline(recorder, deps), call.onBegin);
  if (!(await reserve(recorder, call.intent))) return undefined;
`,
    caughtBy,
  },
  {
    name: 'resume_without_journal',
    what: 'a new attempt does not read what the one before has done and paid for',
    file: 'worker/agent/recorder.ts',
    find: 'const entries = await deps.journal.read();',
    replace:
      'const entries = (await deps.journal.read()).filter((one) => one.attempt === attempt);',
    caughtBy,
  },
  {
    name: 'pointer_before_object',
    what: 'the table points to an object that is still on its way',
    file: 'core/store/journal-store.ts',
    find: "pointer: await bucket.put('journal', body)",
    replace: `pointer: await Promise.race([
            bucket.put('journal', body),
            import('../ids.ts').then(({ sha256 }) => ({
              key: \`journal/\${sha256(body).slice(0, 2)}/\${sha256(body)}\`,
              sha256: sha256(body),
              bytes: Buffer.byteLength(body),
            })),
          ])`,
    caughtBy,
  },
  {
    name: 'button_good_for_many',
    what: 'a button may be pressed by one person after the other',
    file: 'core/store/buttons.ts',
    find: "{ attribute: 'used_by', is: 'absent' },",
    replace: "{ attribute: 'pk', is: 'present' },",
    caughtBy,
  },
  {
    name: 'pace_without_version',
    what: 'two processes take the same place in the pace of an installation',
    file: 'core/store/pacing.ts',
    find: ": { attribute: 'version', is: '=', value: before.version },",
    replace: ": { attribute: 'version', is: 'present' },",
    caughtBy,
  },
  {
    name: 'wake_passes_over_the_waiting',
    what: 'a free place is not offered to those who wait for one',
    file: 'app/wake.ts',
    find: `      waitsForSlot(job) ||
`,
    replace: '',
    caughtBy,
  },
];
