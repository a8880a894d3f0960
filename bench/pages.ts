import { parseArgs } from 'node:util';
import type { Job } from '../core/job.ts';
import type { Request } from '../core/request.ts';
import { jobItem } from '../core/store/job-actions.ts';
import { keys } from '../core/store/table-schema.ts';
import type { TableAction } from '../core/store/table-action.ts';
import type { Thread, ThreadEvent } from '../core/thread.ts';
import { type PagesWorld, startPagesWorld } from './pages-world.ts';

/** How long pages take beside the floor: a page of the same server with one sentence on it, in the same run. */
export type PagesResult = Readonly<{
  requests: number;
  turns: number;
  floor_ms: number;
  pages: readonly Readonly<{ page: string; ms: number; ratio: number; kib: number }>[];
}>;

type Size = Readonly<{ requests: number; turns: number; rounds: number }>;

const usage = {
  input_tokens: 2_000,
  cache_read_input_tokens: 30_000,
  cache_creation_input_tokens: 1_000,
  output_tokens: 400,
};

/** Fills a table with requests, one of which has a long thread, and times the pages. */
export async function runPages(size: Size): Promise<PagesResult> {
  const world = await startPagesWorld();
  try {
    const first = await fill(world, size);
    // A page with one sentence: session, job and layout are what every page needs.
    const floor = { path: '/jobs/0000000000-1', status: 404 };
    const pages = {
      board: '/',
      'board, filtered': '/?state=succeeded&repository=acme%2Fweb&requester=requester',
      'board, nothing fits': '/?requester=nobody',
      'board, no such state': '/?state=failed',
      'start form': '/new',
      'usage, 31 days': '/usage?days=31',
      request: `/requests/${first}`,
      'job, first turns': `/jobs/${first}-1`,
      'job, one turn': `/jobs/${first}-1?turn=${Math.ceil(size.turns / 2)}`,
      'job, search': `/jobs/${first}-1?q=number+9`,
      changes: `/jobs/${first}-1/changes`,
    };
    const times = new Map<string, number[]>();
    const sizes = new Map<string, number>();
    for (let round = -1; round < size.rounds; round += 1)
      for (const [page, path] of [['floor', floor.path] as const, ...Object.entries(pages)]) {
        const began = performance.now();
        const text = await world.load(path, page === 'floor' ? floor.status : 200);
        // The first round fills what the server remembers.
        if (round >= 0) times.set(page, [...(times.get(page) ?? []), performance.now() - began]);
        sizes.set(page, Buffer.byteLength(text) / 1024);
      }
    const floorMs = median(times.get('floor'));
    return {
      requests: size.requests,
      turns: size.turns,
      floor_ms: rounded(floorMs),
      pages: Object.keys(pages).map((page) => {
        const ms = median(times.get(page));
        return {
          page,
          ms: rounded(ms),
          ratio: rounded(ms / floorMs),
          kib: Math.round(sizes.get(page) ?? 0),
        };
      }),
    };
  } finally {
    await world.close();
  }
}

function median(times: readonly number[] = []): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Writes requests a minute apart with a job each; returns the newest one, whose thread is long. */
async function fill(world: PagesWorld, { requests, turns }: Size): Promise<string> {
  const { table, bucket } = world;
  const prompt = await bucket.put('prompt', 'Durations are shown wrong. Fix it.');
  const patch = await bucket.put('patch', longPatch(40));
  const now = Date.now();
  const thread = await bucket.put('thread', JSON.stringify(longThread(idOf(0), turns)));
  const actions: TableAction[] = [];
  for (let index = 0; index < requests; index += 1) {
    const facts = { world, id: idOf(index), at: now - index * 60_000 };
    const request = requestOf(facts, prompt);
    const installation_key = `installation#${world.installationId}`;
    const job: Job = { ...jobOf(facts), patch, thread };
    actions.push(
      { type: 'put', item: { ...keys.request(request.id), ...request, installation_key } },
      { type: 'put', item: jobItem(job) },
    );
  }
  // As many as one transaction may have.
  for (let at = 0; at < actions.length; at += 100)
    await table.transact(actions.slice(at, at + 100));
  return idOf(0);
}

function idOf(index: number): string {
  return `b${String(index).padStart(9, '0')}`;
}

type Facts = Readonly<{ world: PagesWorld; id: string; at: number }>;

function placeOf({ installationId, repositoryId }: PagesWorld) {
  const repository = { id: repositoryId, owner: 'acme', name: 'web', private: false };
  return { installation_id: installationId, repository };
}

function requestOf({ world, id, at }: Facts, prompt: Request['prompt']): Request {
  return {
    type: 'request',
    id,
    semantic_key: `bench:${id}`,
    source: { type: 'api', ...placeOf(world), url: 'https://github.example/acme/web' },
    requester: world.person,
    prompt,
    prompt_excerpt: 'Durations are shown wrong. Fix it.',
    context: prompt,
    model: 'claude-sonnet-5-5',
    effort: 'high',
    budget_micro_usd: 2_000_000,
    open_pull_request: true,
    job_ids: [`${id}-1`],
    created_at: at,
  };
}

function jobOf({ world, id, at }: Facts): Job {
  return {
    type: 'job',
    id: `${id}-1`,
    request_id: id,
    ...placeOf(world),
    requester_id: world.person.id,
    base_branch: 'main',
    base_sha: 'b'.repeat(40),
    state: 'pull_request',
    phase: 'publish',
    attempt: 1,
    fence: 1,
    model: 'claude-sonnet-5-5',
    effort: 'high',
    created_at: at,
    state_at: at + 60_000,
    started_at: at + 5_000,
    ended_at: at + 60_000,
    budget_micro_usd: 2_000_000,
    budget_left_micro_usd: 0,
    cost_micro_usd: 123_456,
    usage,
    turns: 12,
    cause: { code: 'completed', sentence: 'The agent finished its work.' },
  };
}

function longThread(requestId: string, turns: number): Thread {
  return {
    request_id: requestId,
    job_id: `${requestId}-1`,
    repository: 'acme/web',
    base_sha: 'b'.repeat(40),
    requester: 'requester',
    prompt: 'Durations are shown wrong. Fix it.',
    model: 'claude-sonnet-5-5',
    effort: 'high',
    events: Array.from({ length: turns }, (_, index) => turnOf(index + 1)),
  };
}

function turnOf(index: number): ThreadEvent {
  const code = 'const hours = Math.floor(minutes / 60);\n'.repeat(8);
  return {
    type: 'turn',
    index,
    thinking: 'The tests expect whole hours. '.repeat(10),
    text: `This is turn number ${index}. I look at \`src/duration.ts\` and **change** it:\n\n- one\n- two\n`,
    tools: [
      toolCall(
        'bash',
        { command: 'npm test -- --grep duration' },
        'ok 1 - shows hours\n'.repeat(60),
      ),
      toolCall('read', { file_path: 'src/duration.ts' }, code.repeat(4)),
      toolCall(
        'edit',
        { file_path: 'src/duration.ts', old_string: code, new_string: `${code}// done\n` },
        code,
      ),
    ],
    usage,
    cost_micro_usd: 12_345,
    stop_reason: 'tool_use',
  };
}

function toolCall(name: string, input: object, output: string) {
  return { name, input: JSON.stringify(input), output, is_error: false, duration_ms: 120 };
}

function longPatch(files: number): string {
  const lines = Array.from(
    { length: 20 },
    (_, index) => `-const a${index} = 1;\n+const a${index} = 2;\n`,
  );
  return Array.from({ length: files }, (_, index) => {
    const path = `src/file-${index}.ts`;
    const head = `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,20 +1,20 @@\n`;
    return head + lines.join('');
  }).join('');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '10000' },
      turns: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await runPages({
    requests: Number(values.requests),
    turns: Number(values.turns),
    rounds: Number(values.rounds),
  });
  process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`);
}
