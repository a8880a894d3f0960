import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { JournalEntry } from '../../../core/journal.ts';
import { runProcess } from '../../../core/process.ts';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../../local/standin/anthropic/anthropic-standin.ts';
import { childEnv } from '../../support/child-env.ts';
import { apiKey } from './support/harness.ts';
import { killActor } from './support/kill-actor.ts';

const Report = z.object({ type: z.string(), turns: z.int(), tree: z.string() });
type Report = z.infer<typeof Report>;
type Death = Readonly<{ at: number; when: 'before' | 'after' }>;

/** As many processes at once as the machine has use for. */
const AT_ONCE = 2;

/** The kinds of entry that the run holds: all but a failed call. */
const everyType = [
  'run_header',
  'request_intent',
  'response',
  'tool_start',
  'tool_result',
  'workspace',
  'compaction',
  'notice',
  'side_intent',
  'side_result',
  'outcome',
];

/**
 * Before these something was done that the journal does not know yet: a call was paid for, a tool ran, a snapshot was
 * stored. Between all other entries there is nothing, so that to die before one is to die after the one before it.
 */
const followsWork = new Set(['response', 'tool_result', 'workspace', 'compaction', 'side_result']);

const folder = mkdtempSync(join(tmpdir(), 'cody-kill-'));
const program = join(folder, 'kill-run.mjs');
const checkout = join(folder, 'checkout');
let sha = '';

beforeAll(async () => {
  // One file: a process that lives for a third of a second should not spend it on imports.
  await build({
    entryPoints: [join(import.meta.dirname, 'support', 'kill-run.ts')],
    outfile: program,
    bundle: true,
    external: ['@vscode/ripgrep'],
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(${JSON.stringify(import.meta.url)});`,
    },
  });
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
  sha = await makeCheckout();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function makeCheckout(): Promise<string> {
  const repo = join(checkout, 'repo');
  const gitDir = join(checkout, 'git');
  mkdirSync(repo, { recursive: true });
  writeFileSync(join(repo, 'count.txt'), 'one\n');
  writeFileSync(join(repo, 'notes.txt'), 'a line of notes to read\n'.repeat(400));
  writeFileSync(join(repo, 'check.sh'), 'grep -q three count.txt && test -x tool.sh\n');
  writeFileSync(join(repo, 'tool.sh'), 'echo tool\n', { mode: 0o644 });
  const git = async (...args: string[]) => {
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost'];
    const place = [`--git-dir=${gitDir}`, `--work-tree=${repo}`];
    const spec = { command: 'git', args: [...who, ...place, ...args], env: childEnv };
    const done = await runProcess(spec, { timeoutMs: 20_000 });
    expect(done.exitCode, done.stderr.toString()).toBe(0);
    return done.stdout.toString().trim();
  };
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'Start');
  return await git('rev-parse', 'HEAD');
}

type Run = Readonly<{ standin: AnthropicStandin; place: string }>;

async function startRun(name: string): Promise<Run> {
  const place = join(folder, name);
  mkdirSync(place);
  return { standin: await startAnthropicStandin({ apiKey, actor: killActor }), place };
}

type Attempt = Readonly<{ run: Run; number: number; die: Death | null }>;

async function attempts(all: readonly Attempt[]) {
  const input = all.map(({ run, number, die }) => ({
    url: run.standin.url,
    folder: run.place,
    checkout,
    sha,
    attempt: number,
    die,
  }));
  const args = ['--no-warnings', program, JSON.stringify(input)];
  const env = { ...childEnv, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  return await runProcess({ command: process.execPath, args, env }, { timeoutMs: 200_000 });
}

/** Lets one process take runs to their ends, one after another. */
async function finish(runs: readonly Run[], number: number): Promise<Report[]> {
  const ended = await attempts(runs.map((run) => ({ run, number, die: null })));
  expect(ended.stderr.toString()).toBe('');
  const lines = ended.stdout.toString().split('\n').filter(Boolean);
  return lines.map((line) => Report.parse(JSON.parse(line)));
}

const journalOf = ({ place }: Run) => readFileSync(join(place, 'journal.jsonl'), 'utf8');

function entriesOf(run: Run): JournalEntry[] {
  const lines = journalOf(run).split('\n').slice(0, -1);
  return lines.map((line) => JournalEntry.parse(JSON.parse(line).entry));
}

const callsOf = ({ standin }: Run) =>
  standin.requests().filter(({ path }) => path === '/v1/messages');

/** Calls of the conversation itself, as the bytes of what the model sees; `null` where a summary replaces its front. */
function transcriptOf(run: Run): (string | null)[] {
  return callsOf(run).flatMap(({ body }) => {
    const { output_config: config, compaction, messages } = Object(body);
    if (config?.format !== undefined) return [];
    return [compaction === undefined ? JSON.stringify(messages) : null];
  });
}

/** Whether every request begins with the bytes of the one before it, but for the one behind a summary. */
function isAppendOnly(transcript: readonly (string | null)[]): boolean {
  return transcript.every((bytes, index) => {
    const before = transcript[index - 1];
    return !bytes || !before || bytes.startsWith(before.slice(0, -1));
  });
}

/** What is left of a killed run: a resume depends on nothing else, and the calls are what it has cost. */
function leftBy(run: Run): string {
  const objects = join(run.place, 'objects');
  const stored = existsSync(objects) ? readdirSync(objects).length : 0;
  return `${entriesOf(run).length} entries, ${callsOf(run).length} calls, ${stored} objects`;
}

test('ends with the same tree wherever it was killed and repeats no call but the one in flight', async () => {
  const undisturbed = await startRun('undisturbed');
  const [whole] = await finish([undisturbed], 1);
  const entries = entriesOf(undisturbed);
  const calls = callsOf(undisturbed).length;
  expect(whole).toMatchObject({ type: 'submitted', turns: 6 });
  expect(new Set(entries.map(({ type }) => type))).toEqual(new Set(everyType));
  await undisturbed.standin.close();

  const deaths = entries.flatMap(({ seq, type }): Death[] => [
    ...(followsWork.has(type) ? [{ at: seq, when: 'before' } as const] : []),
    { at: seq, when: 'after' },
  ]);
  const remains = new Map<string, Killed>();
  const queue = [...deaths];
  const kill = async () => {
    for (let death = queue.shift(); death; death = queue.shift()) {
      const run = await killedRun(death);
      const left = leftBy(run);
      if (remains.has(left)) await run.standin.close();
      else remains.set(left, { run, journal: journalOf(run), calls: callsOf(run).length });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, kill));

  const killed = [...remains.values()];
  const parts = Array.from({ length: AT_ONCE }, (_, part) =>
    killed.filter((_run, index) => index % AT_ONCE === part),
  );
  await Promise.all(
    parts.map(async (part) => {
      const ended = await finish(
        part.map(({ run }) => run),
        2,
      );
      expect(ended).toEqual(part.map(() => whole));
    }),
  );
  const repeated = killed.reduce((sum, one) => sum + repeatedBy(one, calls), 0);
  await Promise.all(killed.map(({ run }) => run.standin.close()));
  // Of every paid call both are resumed: the one that was never sent, and the one whose answer was lost.
  expect(repeated).toBe(calls);
  process.stdout.write(
    `${entries.length} journal boundaries, ${deaths.length} kills, ${remains.size} different remains resumed, ${repeated} of ${calls} calls repeated, each once and in flight\n`,
  );
}, 300_000);

/** What a killed run left behind, before anything was done about it. */
type Killed = Readonly<{ run: Run; journal: string; calls: number }>;

async function killedRun(death: Death): Promise<Run> {
  const run = await startRun(`${death.when}-${death.at}`);
  const killed = await attempts([{ run, number: 1, die: death }]);
  expect(killed.signal).toBe('SIGKILL');
  expect(entriesOf(run)).toHaveLength(death.when === 'after' ? death.at : death.at - 1);
  return run;
}

/** How many calls a resumed run paid for again: at most the one that was in flight. */
function repeatedBy({ run, journal, calls }: Killed, wanted: number): number {
  expect(journalOf(run).startsWith(journal)).toBe(true);
  expect(isAppendOnly(transcriptOf(run))).toBe(true);
  expect(callsOf(run).every(({ status }) => status === 200)).toBe(true);
  const last = entriesOf(run).at(journal.split('\n').length - 2);
  const again = callsOf(run).length - wanted;
  expect(again).toBeGreaterThanOrEqual(0);
  expect(again).toBeLessThanOrEqual(isIntent(last) && calls > 0 ? 1 : 0);
  return again;
}

function isIntent(entry: JournalEntry | undefined): boolean {
  return entry?.type === 'request_intent' || entry?.type === 'side_intent';
}
