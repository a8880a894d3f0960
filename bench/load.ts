import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { z } from 'zod';
import { follow, markerOf } from '../local/demo/follow.ts';
import type { Comment } from '../local/demo/github-objects.ts';
import { createPerson, type Person } from '../local/demo/person.ts';
import { startSurroundings, type Surroundings } from '../local/demo/surroundings.ts';
import { startServer } from '../local/server.ts';
import { readLoadConfig } from './config.ts';
import { busiest, type Busiest, closestEdits } from './load-ledger.ts';

/** How many requests come at once, one per installation, and of how many repositories each is. */
export type Load = Readonly<{
  installations: number;
  repositories: number;
  /** Workers at once. */
  workers: number;
  timeoutMs: number;
}>;

/** What the load did to GitHub, and what people see in the end. */
export type LoadResult = Readonly<{
  requests: number;
  jobs: number;
  seconds: number;
  /** Requests with a closing comment, and pull requests that were opened. */
  closed: number;
  pulls: number;
  /** GitHub's limits that were broken, by name. */
  broken: readonly string[];
  /** Status comments that do not show the end of every job, and those that are not alone. */
  stale: number;
  duplicates: number;
  calls: number;
  edits: number;
  /** The shortest time between two edits of a status comment in the middle, in ms; undefined when there were none. */
  closestEditsMs: number | undefined;
  busiest: Busiest;
}>;

/** GitHub's minute is a second here, and so are all waits but those for processes, which are no quicker. */
const minuteMs = 1_000;
const reportDelayMs = 167;
const times = {
  CODY_GITHUB_MINUTE_MS: String(minuteMs),
  CODY_PACING_MS: '17',
  CODY_REPORT_DELAY_MS: String(reportDelayMs),
  CODY_SWEEP_MS: '1000',
  CODY_RETRY_MS: '500',
  CODY_LEASE_MS: '15000',
  CODY_HEARTBEAT_MS: '2000',
} as const;

type Outside = Surroundings & Readonly<{ load: Load; dataDir: string; log: Logger }>;

/** Runs the whole product under a load on stand-ins that enforce GitHub's limits. Throws when a request does not end. */
export async function runLoad(
  load: Load,
  env: Readonly<Record<string, string>>,
): Promise<LoadResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cody-load-'));
  const log = pino({ level: 'info' }, pino.destination({ dest: join(dataDir, 'load.log') }));
  const surroundings = await startSurroundings({ dataDir, githubMinuteMs: minuteMs, log });
  const outside: Outside = { ...surroundings, load, dataDir, log };
  try {
    return await underLoad(outside, env);
  } finally {
    await surroundings.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function underLoad(outside: Outside, env: Readonly<Record<string, string>>) {
  const { github, dataDir, load, log } = outside;
  const numbers = Array.from({ length: load.installations }, (_, index) => index + 1);
  for (const number of numbers) await seedInstallation(outside, number);
  const policy = join(dataDir, 'policy.yml');
  await writeFile(policy, `concurrency:\n  global: ${load.workers}\n`);
  const settings = { ...env, ...outside.env, ...times, CODY_POLICY: policy };
  const server = await startServer({ env: settings, log });
  try {
    github.setWebhookUrl(`${server.url}/api/github/webhooks`);
    const started = Date.now();
    const ends = await Promise.all(numbers.map((number) => askAndWait(outside, number)));
    const seconds = (Date.now() - started) / 1_000;
    return measured(outside, { ends, seconds });
  } finally {
    github.setWebhookUrl(undefined);
    await server.close();
  }
}

const ownerOf = (number: number) => `team-${number}`;
const personOf = (number: number) => `person-${number}`;

/** An organization with its repositories, its person and the App. */
async function seedInstallation({ github, load }: Outside, number: number): Promise<void> {
  const owner = ownerOf(number);
  github.seed.organization({ login: owner });
  github.seed.user({ login: personOf(number) });
  for (let count = 1; count <= load.repositories; count += 1) {
    await github.seed.repository({
      owner,
      name: `app-${count}`,
      files: { 'README.md': `# App ${count}\n\nIt shows times.\n` },
      collaborators: { [personOf(number)]: 'write' },
    });
  }
  await github.seed.installation({ account: owner, repositories: 'all' });
}

type End = Readonly<{
  person: Person;
  owner: string;
  comments: readonly Comment[];
  closed: boolean;
}>;

async function askAndWait({ github, bot, load }: Outside, number: number): Promise<End> {
  const owner = ownerOf(number);
  const author = personOf(number);
  const person = createPerson({ apiUrl: github.url, token: github.userToken(author) });
  const issue = github.seed.issue({ owner, name: 'app-1', title: 'Say it', author }).number;
  const path = `repos/${owner}/app-1/issues/${issue}/comments`;
  const targets = Array.from(
    { length: load.repositories },
    (_, at) => `--repo ${owner}/app-${at + 1}`,
  );
  const body = `/cody ${targets.join(' ')} Mention the time zone in the README.`;
  const { id: commentId } = await person.post(path, { body }, z.object({ id: z.number() }));
  const asked = { owner, name: 'app-1', issue, commentId, targets: [], bot };
  const end = await follow(person, asked, {
    step: () => undefined,
    timeoutMs: load.timeoutMs,
    pollMs: 1_000,
    signal: new AbortController().signal,
  });
  return { person, owner, comments: end.comments, closed: end.type === 'closed' };
}

async function measured(
  { github, load }: Outside,
  { ends, seconds }: Readonly<{ ends: readonly End[]; seconds: number }>,
): Promise<LoadResult> {
  const calls = github.requests().filter(({ principal }) => principal.type === 'installation');
  const edits = calls.filter(
    ({ method, path, status }) =>
      method === 'PATCH' && status === 200 && /\/issues\/comments\/\d+$/.test(path),
  );
  const pulls = calls.filter(
    ({ method, path, status }) => method === 'POST' && status === 201 && path.endsWith('/pulls'),
  );
  const shown = ends.map(({ comments }) =>
    comments.filter((comment) => markerOf(comment, 'status') !== undefined),
  );
  // A request of one repository counts none.
  const whole =
    load.repositories === 1 ? 'Cody: done' : `${load.repositories} of ${load.repositories} ended`;
  return {
    requests: ends.length,
    jobs: ends.length * load.repositories,
    seconds,
    closed: ends.filter(({ closed }) => closed).length,
    pulls: pulls.length,
    broken: github.brokenLimits().map(({ limit }) => limit),
    stale: shown.filter(([status]) => !status?.body.includes(whole)).length,
    duplicates: ends.filter(({ comments }) => comments.length !== 2).length,
    calls: calls.length,
    edits: edits.length,
    closestEditsMs: closestEdits(edits),
    busiest: busiest(calls, minuteMs),
  };
}

if (import.meta.main) {
  const { load, env, json } = readLoadConfig(process.argv.slice(2));
  const result = await runLoad(load, env);
  process.stdout.write(`${JSON.stringify(result, null, json ? 0 : 2)}\n`);
  const bad = result.broken.length + result.stale + result.duplicates;
  process.exitCode = bad > 0 || result.closed < result.requests ? 1 : 0;
}
