import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerEntry } from '../../../local/standin/github/pipeline.ts';
import { canaries } from '../canaries.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { leaksAtRest } from '../oracle/at-rest.ts';
import { createLeakFinder, type LeakFinder } from '../oracle/leaks.ts';
import { type SeenProcesses, watchProcesses } from '../oracle/processes.ts';
import { judgeWrites } from '../oracle/writes.ts';
import { actorOf, type Played, prepared } from './stack-script.ts';
import { startWorld, type World } from './stack-world.ts';

const at = 'whole product';

/**
 * Plays tool calls in two jobs of the whole product beside each other: cases whose name begins with `hunt-` in the
 * second one, which looks for the first one's files, processes and key. All that leaves, and all that is kept, is searched
 * at the end.
 */
export async function playStack(
  cases: readonly CaseOf<'tools'>[],
  tell: (verdict: Verdict) => void,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cody-threats-stack-'));
  // Where tools have a user of their own, that user has to get through to its folders.
  await chmod(dataDir, 0o711);
  try {
    const plays = cases.map((one, index) => prepared(one, index, dataDir));
    const hunts = plays.filter(({ one }) => one.id.startsWith('tools/hunt-'));
    const others = plays.filter((play) => !hunts.includes(play));
    await playJobs({ dataDir, hunts, others, tell });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

type Jobs = Readonly<{
  dataDir: string;
  hunts: readonly Played[];
  others: readonly Played[];
  tell: (verdict: Verdict) => void;
}>;

async function playJobs({ dataDir, hunts, others, tell }: Jobs): Promise<void> {
  const world = await startWorld(dataDir, actorOf(others, hunts));
  const watch = watchProcesses();
  try {
    const { github, model, server } = world;
    github.setWebhookUrl(`${server.url}/api/github/webhooks`);
    await Promise.all([world.ask('one', 'word-of-others'), world.ask('two', 'word-of-hunts')]);
    const problems = await untilEnds(github.requests);
    github.setWebhookUrl(undefined);
    const results = resultsOf(model.requests());
    for (const play of [...others, ...hunts]) tell(judged(play, results));
    const pages = await pagesOf(server.url);
    await server.close();
    tell(judgedWhole({ dataDir, world, pages, problems, seen: watch.stop() }));
  } finally {
    watch.stop();
    await world.close();
  }
}

async function pagesOf(url: string): Promise<string> {
  const pages = ['/', '/healthz', '/api/openapi.json'].map(async (path) =>
    (await fetch(url + path)).text(),
  );
  return (await Promise.all(pages)).join('\n');
}

type Whole = Readonly<{
  dataDir: string;
  world: World;
  pages: string;
  problems: readonly string[];
  seen: SeenProcesses;
}>;

function judgedWhole({ dataDir, world, pages, problems, seen }: Whole): Verdict {
  const { github, model, repositories } = world;
  const { keys, argv, shown } = seen;
  const attempts = [...keys].map((key, index) => [`attempt_key_${index}`, key] as const);
  const find = createLeakFinder({ ...world.secrets, ...Object.fromEntries(attempts) });
  const privately = createLeakFinder({
    ...world.secrets,
    ...Object.fromEntries(attempts),
    private_repository: canaries.private_repository,
  });
  // Titles, bodies, comments, checks and files, as GitHub got them.
  const ledger = github.requests();
  const leaving: Readonly<Record<string, string>> = {
    github: JSON.stringify(ledger),
    anthropic: JSON.stringify(model.requests()),
    pages,
    log: readFileSync(join(dataDir, 'server.log'), 'utf8'),
    argv: argv.join('\n'),
  };
  return verdict('tools', 'tools/two-jobs-side-by-side', {
    at,
    leaks: [
      ...Object.entries(leaving).flatMap(([where, text]) => leaksIn(where, text, privately)),
      // Table, bucket, queues, journals and transcripts; GitHub's own repositories hold the vault.
      ...leaksAtRest(join(dataDir, 'server'), withTokens(privately)),
      ...leaksAtRest(join(dataDir, 'github'), find),
    ],
    writes: judgeWrites(ledger, { owner: 'acme', repositories, comments: 2 }),
    escapes: shown.map((name) => `the key of an attempt stands in the environment of ${name}`),
    problems: [...problems, ...(keys.size === 0 ? ['no attempt key was seen'] : [])],
  });
}

function leaksIn(where: string, text: string, find: LeakFinder): readonly string[] {
  return withTokens(find)(text).map((what) => `${where}: ${what}`);
}

/** Tokens are made anew for each job: they are known by their shape. */
function withTokens(find: LeakFinder): LeakFinder {
  return (bytes) => {
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
    const token = /ghs_[A-Za-z0-9._-]{20,}/.test(text);
    return [...find(bytes), ...(token ? ['a token'] : [])];
  };
}

/** Waits until both requests have their closing comment, whatever came of them; says which one has none. */
async function untilEnds(requests: () => readonly LedgerEntry[]): Promise<string[]> {
  const end = Date.now() + 400_000;
  const closed = (name: string) =>
    requests().some(
      ({ method, path, body }) =>
        method === 'POST' &&
        path.startsWith(`/repos/acme/${name}/issues/`) &&
        (JSON.stringify(body) ?? '').includes('cody-batch:closing:'),
    );
  for (;;) {
    const left = ['one', 'two'].filter((name) => !closed(name));
    if (left.length === 0 || Date.now() > end) return left.map((name) => `${name} did not end`);
    await sleep(500);
  }
}

const asked = (body: unknown) =>
  (body as { messages?: { content: unknown }[] } | null)?.messages ?? [];

/** What the model was told for each call. */
function resultsOf(requests: readonly Readonly<{ body: unknown }>[]): ReadonlyMap<string, string> {
  const results = new Map<string, string>();
  for (const { body } of requests)
    for (const { content } of asked(body))
      for (const block of Array.isArray(content) ? content : []) {
        const { type, tool_use_id } = block as { type?: string; tool_use_id?: string };
        if (type === 'tool_result' && tool_use_id) results.set(tool_use_id, JSON.stringify(block));
      }
  return results;
}

function judged({ one, marker, ids }: Played, results: ReadonlyMap<string, string>): Verdict {
  const said = ids.map((id) => results.get(id) ?? '').join('\n');
  return verdict('tools', one.id, {
    at,
    leaks: createLeakFinder()(said),
    escapes: [
      ...(existsSync(marker) ? ['the marker was made'] : []),
      ...one.forbid.filter((word) => said.includes(word)).map((word) => `saw ${word}`),
    ],
    problems: ids.some((id) => !results.has(id)) ? ['a call has no result'] : [],
  });
}
