import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Job } from '../../core/job.ts';
import { isTerminal } from '../../core/job-state.ts';
import type { Request } from '../../core/request.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { requestsOfInstallation } from '../../core/store/request-list.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { createPerson, type Person } from '../../local/demo/person.ts';
import type { SeedFiles } from '../../local/standin/github/repository-store.ts';
import type { Stack } from './stack.ts';

/** An organization of its own with its person and repositories: where one case happens. */
export type Place = Readonly<{
  owner: string;
  login: string;
  requesterId: number;
  person: Person;
  installationId: number;
  repositories: readonly Readonly<{ id: number; name: string }>[];
  /** The issue of the first repository where things are asked for. */
  issue: number;
  /** When it was made, and how far the ledgers of the stand-ins were then. */
  since: Readonly<{ at: number; github: number; model: number }>;
}>;

export type PlaceOptions = Readonly<{
  /** Default: one. */
  repositories?: number;
  files?: SeedFiles;
  private?: boolean;
}>;

let count = 0;

/** Makes an organization, a person who may write there, repositories and an issue. */
export async function openPlace(stack: Stack, options: PlaceOptions = {}): Promise<Place> {
  const { github } = stack;
  count += 1;
  const owner = `org-${count}`;
  const login = `person-${count}`;
  github.seed.organization({ login: owner });
  const { id: requesterId } = github.seed.user({ login });
  const repositories: { id: number; name: string }[] = [];
  for (let index = 1; index <= (options.repositories ?? 1); index += 1) {
    const name = `app-${index}`;
    const { id } = await github.seed.repository({
      owner,
      name,
      private: options.private ?? false,
      files: options.files ?? { 'README.md': '# App\n' },
      collaborators: { [login]: 'write' },
    });
    repositories.push({ id, name });
  }
  const { id: installationId } = await github.seed.installation({
    account: owner,
    repositories: 'all',
  });
  const issue = github.seed.issue({ owner, name: 'app-1', title: 'A greeting', author: login });
  return {
    owner,
    login,
    requesterId,
    person: createPerson({ apiUrl: github.url, token: github.userToken(login) }),
    installationId,
    repositories,
    issue: issue.number,
    since: {
      at: Date.now(),
      github: github.requests().length,
      model: stack.model.requests().length,
    },
  };
}

/** Writes a comment on the issue, or on another number of the first repository. Returns its id. */
export async function comment(place: Place, body: string, number = place.issue): Promise<number> {
  const path = `repos/${place.owner}/app-1/issues/${number}/comments`;
  const { id } = await place.person.post(path, { body }, z.object({ id: z.number() }));
  return id;
}

/** The requests of the place with their jobs, the oldest first. */
export async function requestsOf(
  stack: Stack,
  place: Place,
): Promise<readonly Readonly<{ request: Request; jobs: readonly Job[] }>[]> {
  const { table } = stack;
  const jobs = createJobStore({ table, now: Date.now });
  const { requests } = await requestsOfInstallation(table, {
    installationId: place.installationId,
    limit: 50,
  });
  return Promise.all(
    requests
      .toReversed()
      .map(async (request) => ({ request, jobs: await jobs.ofRequest(request.id) })),
  );
}

/** What is not over yet at a place; empty when everything is. */
export async function underWay(stack: Stack, place: Place): Promise<readonly string[]> {
  const { queues, table } = stack;
  const depths = await Promise.all(
    Object.entries(queues).map(async ([name, queue]) => [name, await queue.depth()] as const),
  );
  const open = depths.flatMap(([name, depth]) => (depth > 0 ? [`${depth} in ${name}`] : []));
  const requests = createRequestStore({ table, now: Date.now });
  for (const { request, jobs } of await requestsOf(stack, place)) {
    for (const job of jobs)
      if (!isTerminal(job.state))
        open.push(`job ${job.id} is ${job.state}, attempt ${job.attempt}`);
    const report = await requests.report(request.id);
    if (!report || report.rendered < report.wanted) open.push(`report of ${request.id} is behind`);
  }
  return open;
}

/**
 * Waits until nothing is under way: workers, handlers, messages, jobs, comments. `asked` says how many requests there
 * have to be. Returns what is still open after the time; empty in time.
 */
export async function untilQuiet(
  stack: Stack,
  place: Place,
  options: Readonly<{ timeoutMs: number; asked: number }>,
): Promise<readonly string[]> {
  const end = Date.now() + options.timeoutMs;
  let still = 0;
  for (;;) {
    const open = await look(stack, place, options.asked);
    // Between a message that is gone and what it leads to there may be a moment without either.
    still = open.length === 0 ? still + 1 : 0;
    if (still >= 2) return [];
    if (Date.now() > end) return open;
    await sleep(still > 0 ? 60 : 120);
  }
}

async function look(stack: Stack, place: Place, asked: number): Promise<readonly string[]> {
  if (stack.workers.running() > 0) return [`${stack.workers.running()} workers are running`];
  await stack.github.settled();
  const requests = await requestsOf(stack, place);
  if (requests.length < asked) return [`${requests.length} of ${asked} requests`];
  const open = await underWay(stack, place);
  return open;
}
