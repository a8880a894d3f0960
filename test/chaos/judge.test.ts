import { describe, expect, it } from 'vitest';
import type { Job } from '../../core/job.ts';
import type { Request } from '../../core/request.ts';
import type { CallFacts, Facts } from './facts.ts';
import { judge, type Violation } from './invariants.ts';

const base = 'a'.repeat(40);
const head = 'b'.repeat(40);
const repository = { id: 7, owner: 'org', name: 'app-1', private: false };
const pointer = { key: 'prompt/aa/aa', sha256: 'a'.repeat(64), bytes: 1 };

const request: Request = {
  type: 'request',
  id: 'aaaaaaaaaa',
  semantic_key: 'comment:7:1',
  source: {
    type: 'issue_comment',
    installation_id: 5,
    repository,
    url: 'https://github.test/org/app-1/issues/1#issuecomment-1',
    issue_number: 1,
    comment_id: 1,
  },
  requester: { id: 3, login: 'requester' },
  prompt: pointer,
  prompt_excerpt: 'Add a greeting.',
  context: pointer,
  model: 'claude-sonnet-5-5',
  effort: 'high',
  budget_micro_usd: 2_000_000,
  open_pull_request: true,
  job_ids: ['aaaaaaaaaa-1'],
  created_at: 1_000,
};

const job: Job = {
  type: 'job',
  id: 'aaaaaaaaaa-1',
  request_id: request.id,
  installation_id: 5,
  requester_id: 3,
  repository,
  base_branch: 'main',
  base_sha: base,
  model: 'claude-sonnet-5-5',
  effort: 'high',
  state: 'pull_request',
  phase: 'publish',
  attempt: 1,
  fence: 2,
  created_at: 1_000,
  state_at: 9_000,
  budget_micro_usd: 2_000_000,
  budget_left_micro_usd: 1_999_000,
  cost_micro_usd: 1_000,
  usage: {
    input_tokens: 1,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    output_tokens: 1,
  },
  turns: 2,
  branch: `cody/${request.id}-add`,
  commit_sha: head,
  pull_request: {
    number: 2,
    url: 'https://github.test/org/app-1/pull/2',
    draft: false,
    head_sha: head,
    files: 1,
  },
  cause: { code: 'completed', sentence: 'The work is ready for review.' },
};

const status = `<!-- cody-batch:status:${request.id} -->
| \`org/app-1@main\` | pull request | [#2](https://github.test/org/app-1/pull/2) | $0.00 | – |`;
const check = {
  id: 20,
  name: 'Cody',
  head_sha: head,
  status: 'completed',
  conclusion: 'success',
  html_url: null,
  output: { title: 'Done', summary: 'Done' },
  external_id: job.id,
};
const pull = {
  number: 2,
  title: 'Add a greeting',
  body: '',
  html_url: 'https://github.test/org/app-1/pull/2',
  state: 'open',
  draft: false,
  user: { login: 'cody-batch[bot]' },
  head: { ref: `cody/${request.id}-add`, sha: head },
  base: { ref: 'main', sha: base },
};

function call(change: Partial<CallFacts> & Pick<CallFacts, 'seq' | 'name'>): CallFacts {
  return {
    at: change.seq * 10,
    answeredAt: change.seq * 10 + 1,
    service: 'dynamodb',
    from: 'worker',
    jobId: job.id,
    attempt: 1,
    nth: 1,
    verdict: 'pass',
    status: 200,
    method: 'POST',
    ...change,
  };
}

const end = call({ seq: 3, name: 'write update job{state=pull_request}' });

/** One request that ended well. */
const good: Facts = {
  open: [],
  place: { owner: 'org', bot: 'cody-batch[bot]', installationId: 5, repositoryIds: [7] },
  requests: [
    {
      request,
      report: { type: 'report', request_id: request.id, wanted: 4, rendered: 4 },
      jobs: [job],
      journals: { [job.id]: [1, 2, 3] },
      lost: [],
      broken: 0,
    },
  ],
  github: {
    repositories: [
      {
        id: 7,
        name: 'app-1',
        branches: [
          { name: 'main', sha: base },
          { name: pull.head.ref, sha: head },
        ],
        pulls: [pull],
        checks: [check],
        commits: { 2: 1 },
      },
    ],
    comments: [
      { id: 10, number: 1, body: status },
      { id: 11, number: 1, body: `<!-- cody-batch:closing:${request.id} -->` },
    ],
    reactions: [{ comment: 1, content: 'eyes' }],
    writes: [write('/repos/org/app-1/pulls', { head: pull.head.ref })],
    brokenLimits: [],
  },
  model: {
    costs: [600, 400],
    unsent: 0,
    transcripts: {
      [job.id]: [
        ['s', 'a'],
        ['s', 'a', 'b'],
      ],
    },
  },
  pointers: [],
  slots: [],
  committed: { user: 1_000, installation: 1_000 },
  queues: { ingest: 0, jobs: 0 },
  calls: [call({ seq: 1, name: 'write update job{state=running}' }), end],
  leaks: [],
  standin: [],
};

function write(path: string, body: unknown) {
  return { time: 1, method: 'POST', path, status: 201, installationId: 5, body };
}

function withJob(change: Partial<Job>): Facts {
  return {
    ...good,
    requests: good.requests.map((one) => ({ ...one, jobs: [{ ...job, ...change }] })),
  };
}

function withGithub(change: Partial<Facts['github']>): Facts {
  return { ...good, github: { ...good.github, ...change } };
}

function withRepository(change: Partial<Facts['github']['repositories'][number]>): Facts {
  return withGithub({
    repositories: good.github.repositories.map((one) => ({ ...one, ...change })),
  });
}

const expected = { requests: 1, ends: [['pull_request']] };

type Broken = readonly [what: string, invariant: Violation['invariant'], facts: Facts];

const broken: readonly Broken[] = [
  ['a job that did not end in its time', 'bounded', { ...good, open: ['job is running'] }],
  ['another end than the scenario allows', 1, withJob({ state: 'failed' })],
  ['an end that nobody sees', 1, withGithub({ comments: good.github.comments.slice(1) })],
  [
    'two closing comments',
    1,
    withGithub({
      comments: [
        ...good.github.comments,
        { id: 12, number: 1, body: `<!-- cody-batch:closing:${request.id} -->` },
      ],
    }),
  ],
  ['an open check run', 1, withRepository({ checks: [{ ...check, status: 'in_progress' }] })],
  ['two ends of one job', 1, { ...good, calls: [...good.calls, { ...end, seq: 4 }] }],
  [
    'two branches',
    2,
    withRepository({
      branches: [
        { name: `cody/${request.id}-add`, sha: head },
        { name: `cody/${request.id}-x`, sha: head },
      ],
    }),
  ],
  ['two pull requests', 2, withRepository({ pulls: [pull, { ...pull, number: 3 }] })],
  [
    'a branch of nobody',
    3,
    withRepository({ branches: [{ name: 'cody/zzzzzzzzzz-x', sha: head }] }),
  ],
  [
    'a worker without a job',
    3,
    {
      ...good,
      calls: [...good.calls, call({ seq: 5, name: 'GetItem job', jobId: 'zzzzzzzzzz-1' })],
    },
  ],
  ['a request too many', 3, { ...good, requests: [...good.requests, ...good.requests] }],
  [
    'an effect that happened twice',
    4,
    withGithub({ writes: [...good.github.writes, ...good.github.writes] }),
  ],
  ['a second commit', 4, withRepository({ commits: { 2: 2 } })],
  [
    'a pointer to nothing',
    4,
    { ...good, pointers: [{ of: 'patch', problem: 'A stored object is missing' }] },
  ],
  [
    'a gap in a journal',
    4,
    { ...good, requests: good.requests.map((one) => ({ ...one, journals: { [job.id]: [1, 3] } })) },
  ],
  [
    'a write after the end',
    4,
    {
      ...good,
      calls: [
        ...good.calls,
        call({ seq: 5, service: 'github', name: 'POST /repos/{}/pulls', status: 201 }),
      ],
    },
  ],
  [
    'a table write without the lease',
    5,
    taken([call({ seq: 12, name: 'write put journal:journal + check job' })]),
  ],
  [
    'two GitHub writes without the lease',
    5,
    taken([
      call({ seq: 12, service: 'github', name: 'POST /repos/{}/git/refs', status: 201 }),
      call({ seq: 13, service: 'github', name: 'POST /repos/{}/pulls', status: 201 }),
    ]),
  ],
  ['money that nobody recorded', 6, { ...good, model: { ...good.model, costs: [600, 400, 50] } }],
  ['a lost call of a worker that ended its job', 6, withLost([100])],
  [
    'a reservation that was never released',
    6,
    { ...good, committed: { user: 2_000_000, installation: 1_000 } },
  ],
  ['a slot that is still held', 6, { ...good, slots: [{ name: 'global', holders: [job.id] }] }],
  ['a message that is left', 7, { ...good, queues: { ingest: 1 } }],
  ['a fourth attempt', 7, withJob({ attempt: 4 })],
  [
    'a write in another repository',
    8,
    withGithub({ writes: [write('/repos/other/app-1/pulls', {})] }),
  ],
  ['a secret in a comment', 9, { ...good, leaks: ['/repos/org/app-1/issues/1/comments'] }],
  [
    'a transcript that was rewritten',
    11,
    {
      ...good,
      model: {
        ...good.model,
        transcripts: {
          [job.id]: [
            ['s', 'a'],
            ['s', 'x', 'b'],
          ],
        },
      },
    },
  ],
];

/** The job's cost holds what was reserved for calls that are booked as lost. */
function withLost(lost: readonly number[]): Facts {
  const cost = job.cost_micro_usd + lost.reduce((total, one) => total + one, 0);
  return {
    ...good,
    committed: { user: cost, installation: cost },
    requests: good.requests.map((one) => ({
      ...one,
      jobs: [{ ...job, cost_micro_usd: cost }],
      lost,
    })),
  };
}

/** The first attempt calls on after a second one has claimed the job. */
function taken(late: readonly CallFacts[]): Facts {
  const claim = call({ seq: 11, name: 'write update job{state=running}', attempt: 2 });
  const last = call({ seq: 20, name: 'write update job{state=pull_request}', attempt: 2 });
  return {
    ...good,
    calls: [call({ seq: 1, name: 'write update job{state=running}' }), claim, ...late, last],
  };
}

describe('the judge', () => {
  it('finds nothing in a case in which all went well', () => {
    expect(judge(good, expected)).toEqual([]);
  });

  it('lets a worker without the lease finish the one call whose check had passed', () => {
    const late = call({ seq: 12, service: 'github', name: 'POST /repos/{}/git/refs', status: 201 });
    expect(judge(taken([late]), expected)).toEqual([]);
  });

  it('lets each worker that was cut short lose one call', () => {
    const calls = [call({ seq: 1, name: 'write update job{state=running}' })];
    const next = [...calls, end].map((one) => ({ ...one, attempt: 2 }));
    const facts = (lost: readonly number[]) => ({ ...withLost(lost), calls: [...calls, ...next] });
    expect(judge(facts([100]), expected)).toEqual([]);
    expect(judge(facts([100, 100]), expected)).toMatchObject([{ invariant: 6 }]);
  });

  it.each(broken)('sees %s', (_, invariant, facts) => {
    expect(judge(facts, expected).map((violation) => violation.invariant)).toContain(invariant);
  });
});
