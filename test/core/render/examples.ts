import type { Job } from '../../../core/job.ts';
import { planLifetimeMs, type PlanRecord } from '../../../core/plan-record.ts';
import type { Request } from '../../../core/request.ts';
import type { Thread } from '../../../core/thread.ts';

export const start = Date.UTC(2026, 2, 1, 12, 0, 0);
export const serverUrl = 'https://github.com';

const pointer = { key: 'threads/ab12', sha256: 'a'.repeat(64), bytes: 10 };

/** Returns a request by "requester" on an issue of acme/api, with so many jobs. */
export function exampleRequest(change: Partial<Request> = {}): Request {
  return {
    type: 'request',
    id: 'q7x2m9k4d1',
    semantic_key: 'comment:9001',
    source: {
      type: 'issue_comment',
      installation_id: 1,
      repository: { id: 11, owner: 'acme', name: 'api', private: false },
      issue_number: 12,
      comment_id: 9001,
      url: `${serverUrl}/acme/api/issues/12#issuecomment-9001`,
    },
    requester: { id: 501, login: 'requester' },
    prompt: pointer,
    prompt_excerpt: 'Round prices to cents | everywhere, ask @octo-team',
    context: pointer,
    model: 'claude-sonnet-5-5',
    effort: 'high',
    budget_micro_usd: 10_000_000,
    open_pull_request: true,
    job_ids: ['q7x2m9k4d1-1', 'q7x2m9k4d1-2'],
    created_at: start,
    ...change,
  };
}

/** Returns a job of that request, queued unless changed. */
export function exampleJob(name: string, change: Partial<Job> = {}): Job {
  return {
    type: 'job',
    id: 'q7x2m9k4d1-1',
    request_id: 'q7x2m9k4d1',
    installation_id: 1,
    requester_id: 501,
    repository: { id: 11, owner: 'acme', name, private: false },
    base_branch: 'main',
    base_sha: '0123456789abcdef0123456789abcdef01234567',
    model: 'claude-sonnet-5-5',
    effort: 'high',
    state: 'queued',
    phase: 'agent',
    attempt: 0,
    fence: 0,
    created_at: start,
    state_at: start,
    budget_micro_usd: 2_000_000,
    budget_left_micro_usd: 2_000_000,
    cost_micro_usd: 0,
    usage: {
      input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      output_tokens: 0,
    },
    turns: 0,
    ...change,
  };
}

const spent = {
  started_at: start + 4_000,
  ended_at: start + 189_000,
  cost_micro_usd: 123_456,
  usage: {
    input_tokens: 1_200,
    cache_read_input_tokens: 48_000,
    cache_creation_input_tokens: 9_500,
    output_tokens: 2_345,
  },
  turns: 6,
  thread: { ...pointer, key: 'threads/ab12cd34.json' },
  sandbox: { kind: 'bubblewrap', shell: true, reason: 'available' },
} satisfies Partial<Job>;

/** Returns a job that ended with a pull request and a green verification. */
export function pullRequestJob(change: Partial<Job> = {}): Job {
  return exampleJob('api', {
    ...spent,
    state: 'pull_request',
    phase: 'publish',
    branch: 'cody/q7x2m9k4d1-round-prices',
    cause: { code: 'completed', sentence: 'The work is done.' },
    submission: {
      title: 'Round prices to cents',
      summary:
        'Prices were added as floats. They are rounded **once**, in `total()`.\n\nFixes #12, as @octo-team asked. ![graph](https://example.com/a.png)\n\n```js\n// @inside stays\n```',
      changes: ['`src/total.js`: rounds the sum', 'a test for the\nlast cent'],
      verification: [{ command: 'npm test', outcome: 'passed' }],
      not_done: ['The invoices still show three digits.'],
      risks: ['Callers that compare floats <b>exactly</b>.'],
    },
    verification: {
      status: 'green',
      commands: [{ command: 'npm test -- a|b', exit_code: 0, duration_ms: 4_200 }],
    },
    pull_request: {
      number: 7,
      url: `${serverUrl}/acme/api/pull/7`,
      draft: false,
      head_sha: 'f'.repeat(40),
      files: 2,
    },
    check_run: { id: 70, url: `${serverUrl}/acme/api/runs/70`, conclusion: 'success' },
    ...change,
  });
}

/** Returns a job that failed with a cause and a next step. */
export function failedJob(change: Partial<Job> = {}): Job {
  return exampleJob('web', {
    ...spent,
    id: 'q7x2m9k4d1-2',
    repository: { id: 12, owner: 'acme', name: 'web', private: false },
    state: 'failed',
    cause: {
      code: 'model_key_rejected',
      sentence: 'The model refused the server’s key.',
      next: 'Ask the operator to renew the key, then comment `/cody` again.',
    },
    ...change,
  });
}

/** Returns a job that ended with an answer and no change. */
export function answeredJob(change: Partial<Job> = {}): Job {
  return exampleJob('docs', {
    ...spent,
    id: 'q7x2m9k4d1-3',
    state: 'answered',
    cause: { code: 'answered', sentence: 'There was nothing to change.' },
    submission: {
      title: 'Where prices are rounded',
      summary: 'Prices are rounded in `total()`.\n\n- once per invoice\n- never per line',
      changes: [],
      verification: [],
      not_done: [],
      risks: [],
    },
    ...change,
  });
}

/** Returns a job that ended with a plan. */
export function plannedJob(change: Partial<Job> = {}): Job {
  return exampleJob('api', {
    ...spent,
    state: 'planned',
    cause: {
      code: 'planned',
      sentence: 'Nothing was changed; the plan is in the closing comment.',
    },
    submission: {
      title: 'Round prices *once*, in `total()`',
      summary:
        '1. Round the sum in `src/total.js`, as @octo-team asked. Fixes #12.\n2. Add a test for the last cent. <script>',
      changes: ['`src/total.js`: rounds the sum', '`test/total.test.js`: one more case'],
      verification: [],
      not_done: ['Are half cents rounded up?'],
      risks: ['Callers that compare floats <b>exactly</b>.'],
    },
    check_run: { id: 71, url: `${serverUrl}/acme/api/runs/71`, conclusion: 'neutral' },
    ...change,
  });
}

/** Returns what is stored of the plan of that request. */
export function planRecord(): PlanRecord {
  return {
    type: 'plan',
    request_id: 'q7x2m9k4d1',
    sha256: '0123456789abcdef'.repeat(4),
    created_at: start,
    expires_at: start + planLifetimeMs,
  };
}

/** Returns a short thread with every kind of event. */
export function exampleThread(turns = 2): Thread {
  return {
    request_id: 'q7x2m9k4d1',
    job_id: 'q7x2m9k4d1-1',
    repository: 'acme/api',
    base_sha: '0123456789abcdef0123456789abcdef01234567',
    requester: 'requester',
    prompt: 'Round prices to cents.\n```\ncode\n```',
    model: 'claude-sonnet-5-5',
    effort: 'high',
    events: [
      {
        type: 'setup',
        command: 'npm ci',
        exit_code: 0,
        timed_out: false,
        duration_ms: 3_100,
        output_tail: 'added 3 packages',
      },
      ...Array.from({ length: turns }, (_, index) => ({
        type: 'turn' as const,
        index: index + 1,
        thinking: index === 0 ? 'The sum is a float.' : '',
        text: `Step ${index + 1}: I read the file, @octo-team.`,
        tools: [
          {
            name: 'bash',
            input: '{"command":"cat README.md | head -3"}',
            output: '```\nnot the end\n```\n<script>',
            is_error: index === 1,
            duration_ms: 420,
          },
        ],
        usage: spent.usage,
        cost_micro_usd: 20_000,
        stop_reason: 'tool_use',
      })),
      { type: 'notice', text: 'Two files were listed as too large.' },
      {
        type: 'verification',
        command: 'npm test',
        exit_code: 0,
        timed_out: false,
        duration_ms: 4_200,
        output_tail: 'ok 1 - rounds',
      },
      { type: 'outcome', code: 'completed', sentence: 'The work is done.' },
    ],
  };
}
