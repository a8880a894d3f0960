import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { z } from 'zod';
import { type Asked, type Ending, follow } from '../../local/demo/follow.ts';
import { Comment, Reaction } from '../../local/demo/github-objects.ts';
import { createPerson, type Person } from '../../local/demo/person.ts';
import { type RepositoryView, viewRepository } from '../../local/demo/repository-view.ts';
import {
  organization,
  startSurroundings,
  type Surroundings,
} from '../../local/demo/surroundings.ts';
import { startServer } from '../../local/server.ts';
import { childEnv } from './child-env.ts';
import { type Seed, seedFiles } from './seed-files.ts';
import { type ProcessResult, runProcess } from '../../core/process.ts';
import type { SeedRepository } from '../../local/standin/github/seed.ts';

/** The waits of the product, short. */
export const shortTimes = {
  CODY_LEASE_MS: '15000',
  CODY_HEARTBEAT_MS: '2000',
  CODY_START_WITHIN_MS: '60000',
  // A sweep asks for everything there is: four products beside each other sweep half of the time at one second.
  CODY_SWEEP_MS: '2000',
  CODY_REPORT_DELAY_MS: '200',
  CODY_RETRY_MS: '300',
  CODY_PACING_MS: '20',
  CODY_GITHUB_MINUTE_MS: '1000',
  CODY_MODEL_IDLE_MS: '15000',
  CODY_MODEL_RETRY_MS: '3000',
  LOG_LEVEL: 'debug',
} as const;

export const fixPrompt =
  'Durations are shown wrong: 90 minutes must read as 1 h 30 min, and 60 minutes as 1 h. Fix it and make the tests pass.';

/** Both stand-ins with people and an empty organization on which the App is installed. */
export type Outside = Surroundings &
  Readonly<{
    dataDir: string;
    /** Writes everywhere. */
    requester: Person;
    /** A stranger, who can read what is public. */
    outsider: Person;
    /** Adds a repository of the organization in which the requester may write. */
    repository: (seed: Partial<SeedRepository> & { name: string }) => Promise<void>;
    /** Adds a copy of one of the demo's repositories, with its failing tests. */
    broken: (name: string, like: Seed) => Promise<void>;
    issue: (name: string) => number;
    /** Writes a comment and returns what to look out for. */
    comment: (where: Place, body: string, as?: Person) => Promise<Asked>;
  }>;

export type Place = Readonly<{ name: string; issue: number; owner?: string }>;

/** Starts everything outside of the product. */
export async function startOutside(): Promise<Outside> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cody-e2e-'));
  const log = pino({ level: 'info' }, pino.destination({ dest: join(dataDir, 'outside.log') }));
  const surroundings = await startSurroundings({ dataDir, githubMinuteMs: 1_000, log });
  const { github, bot } = surroundings;
  github.seed.user({ login: 'requester' });
  github.seed.user({ login: 'outsider' });
  await github.seed.installation({ account: organization, repositories: 'all' });
  const person = (login: string) =>
    createPerson({ apiUrl: github.url, token: github.userToken(login) });
  const requester = person('requester');
  const repository = async (seed: Partial<SeedRepository> & { name: string }) => {
    await github.seed.repository({
      owner: organization,
      collaborators: { requester: 'write' },
      ...seed,
    });
  };
  return {
    ...surroundings,
    dataDir,
    requester,
    outsider: person('outsider'),
    repository,
    broken: async (name, like) => repository({ name, files: await seedFiles(like) }),
    issue: (name) =>
      github.seed.issue({
        owner: organization,
        name,
        title: 'Durations are hard to read',
        author: 'requester',
      }).number,
    comment: async ({ owner = organization, name, issue }, body, as = requester) => {
      const path = `repos/${owner}/${name}/issues/${issue}/comments`;
      const comment = await as.post(path, { body }, z.object({ id: z.number() }));
      return { owner, name, issue, commentId: comment.id, targets: [], bot };
    },
    close: async () => {
      await surroundings.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Everything outside, and the product in this process. */
export type Running = Outside &
  Readonly<{ server: Awaited<ReturnType<typeof startServer>>; webhookUrl: string }>;

type Env = Readonly<Record<string, string>>;

/** Starts the stand-ins and the product, with settings that may depend on where the stand-ins are. */
export async function startRunning(
  settings: Env | ((outside: Outside) => Env) = {},
): Promise<Running> {
  const outside = await startOutside();
  const env = typeof settings === 'function' ? settings(outside) : settings;
  const log = pino(
    { level: 'debug' },
    pino.destination({ dest: join(outside.dataDir, 'server.log'), mkdir: true }),
  );
  const server = await startServer({
    env: { ...childEnv, ...outside.env, ...shortTimes, ...env },
    log,
  });
  const webhookUrl = `${server.url}/api/github/webhooks`;
  outside.github.setWebhookUrl(webhookUrl);
  return {
    ...outside,
    server,
    webhookUrl,
    close: async () => {
      outside.github.setWebhookUrl(undefined);
      await server.close();
      await outside.close();
    },
  };
}

/** Waits for the closing comment, or for the reply in place of a request. */
export function ending(outside: Outside, asked: Asked, timeoutMs = 200_000): Promise<Ending> {
  return follow(outside.requester, asked, {
    step: () => undefined,
    timeoutMs,
    pollMs: 250,
    signal: new AbortController().signal,
  });
}

/** Waits for the one reply and returns its text. Fails when a request was started. */
export async function reply(outside: Outside, asked: Asked): Promise<string> {
  const end = await ending(outside, asked);
  if (end.type !== 'replied') throw new Error(`A request was started: ${end.requestId}`);
  return end.comments.map(({ body }) => body).join('\n');
}

/** The comments of the App on an issue, oldest first. */
export async function botComments(outside: Outside, place: Place): Promise<readonly Comment[]> {
  const { owner = organization, name, issue } = place;
  const all = await outside.requester.list(
    `repos/${owner}/${name}/issues/${issue}/comments`,
    Comment,
  );
  return all.filter(({ user }) => user.login === outside.bot);
}

/** The reactions of the App on a comment. */
export async function botReactions(outside: Outside, asked: Asked): Promise<readonly string[]> {
  const path = `repos/${asked.owner}/${asked.name}/issues/comments/${asked.commentId}/reactions`;
  const all = await outside.requester.list(path, Reaction);
  return all.filter(({ user }) => user.login === outside.bot).map(({ content }) => content);
}

/** The App's pull requests and check runs in a repository of the organization. */
export function view(outside: Outside, name: string): Promise<RepositoryView> {
  const target = { owner: organization, name, branch: 'main' };
  return viewRepository(outside.requester, target, outside.bot);
}

/** Clones a branch with git over HTTP and runs its tests with this Node. */
export async function cloneAndTest(
  outside: Outside,
  { name, branch }: Readonly<{ name: string; branch: string }>,
): Promise<Readonly<{ sha: string; log: string; tests: ProcessResult }>> {
  const dir = await mkdtemp(join(outside.dataDir, 'clone-'));
  const env = { ...childEnv, GIT_TERMINAL_PROMPT: '0' };
  const url = outside.github.gitUrl(organization, name);
  const git = async (...args: string[]) => {
    const result = await runProcess({ command: 'git', args, env });
    if (result.exitCode !== 0) throw new Error(result.stderr.toString());
    return result.stdout.toString().trim();
  };
  await git('clone', '--quiet', '--branch', branch, url, dir);
  const args = ['--test', '--test-isolation=none'];
  const tests = await runProcess({ command: process.execPath, args, cwd: dir, env });
  const log = await git('-C', dir, 'log', '--format=%B');
  return { sha: await git('-C', dir, 'rev-parse', 'HEAD'), log, tests };
}

/** A comment's webhook as GitHub would send it. */
export function signedHeaders(outside: Outside, body: string | Uint8Array): Record<string, string> {
  const secret = outside.env['WEBHOOK_SECRET'] ?? '';
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  return {
    'content-type': 'application/json',
    'x-github-event': 'issue_comment',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${digest}`,
  };
}

/** Waits until the condition holds. Fails with its name after the time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await sleep(50);
  }
}
