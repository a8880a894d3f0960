import type { Job } from '../../core/job.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { Pointer } from '../../core/pointer.ts';
import type { Request, RequestReport } from '../../core/request.ts';
import { budgetKeys } from '../../core/store/budget.ts';
import { readJournal } from '../../core/store/journal-store.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { keys, workOf } from '../../core/store/table-schema.ts';
import { z } from 'zod';
import type { CallRecord } from './call.ts';
import { githubFacts, type GithubFacts } from './github-facts.ts';
import { type ModelFacts, modelFacts } from './model-facts.ts';
import { type Place, requestsOf } from './place.ts';
import type { Stack } from './stack.ts';

/** One call of the product, without its body. */
export type CallFacts = Readonly<
  Pick<
    CallRecord,
    'seq' | 'at' | 'service' | 'from' | 'jobId' | 'attempt' | 'name' | 'nth' | 'verdict' | 'status'
  > & {
    method: string;
    answeredAt?: number | undefined;
    /** Of a transaction: the SDK repeats one under the same token, and only the first counts. */
    token?: string | undefined;
  }
>;

/** A request as the table has it. */
export type RequestFacts = Readonly<{
  request: Request;
  report: RequestReport | undefined;
  jobs: readonly Job[];
  /** Numbers of the journal's entries by job id, in their order. */
  journals: Readonly<Record<string, readonly number[]>>;
  /** What was booked for calls whose worker ended before the answer: all that was reserved, micro-USD each. */
  lost: readonly number[];
  /** What was booked for calls that failed otherwise, micro-USD. */
  broken: number;
}>;

/** Everything that the judge looks at, read from the outside when a case is over. */
export type Facts = Readonly<{
  /** What had not ended in its time; empty when everything had. */
  open: readonly string[];
  place: Readonly<{
    owner: string;
    bot: string;
    installationId: number;
    repositoryIds: readonly number[];
  }>;
  requests: readonly RequestFacts[];
  github: GithubFacts;
  model: ModelFacts;
  /** What was wrong with objects that the table points at. */
  pointers: readonly Readonly<{ of: string; problem: string }>[];
  /** Places in the slots that jobs of the case still hold. */
  slots: readonly Readonly<{ name: string; holders: readonly string[] }>[];
  /** What stands in the counters of the user's day and of the installation's month, micro-USD. */
  committed: Readonly<{ user: number; installation: number }>;
  queues: Readonly<Record<string, number>>;
  calls: readonly CallFacts[];
  /** Where a secret was found that must not be there. */
  leaks: readonly string[];
  /** Where the GitHub stand-in itself failed: the case says nothing then. */
  standin: readonly string[];
}>;

type Gathering = Readonly<{
  place: Place;
  calls: readonly CallRecord[];
  open: readonly string[];
}>;

/** Reads the facts of a case from GitHub, table, bucket, queues and ledgers. */
export async function gatherFacts(stack: Stack, gathering: Gathering): Promise<Facts> {
  const { place, calls, open } = gathering;
  const requests = await Promise.all(
    (await requestsOf(stack, place)).map((one) => requestFacts(stack, one)),
  );
  const github = await githubFacts(stack, place);
  const items = await itemsOf(stack, requests);
  return {
    open,
    place: {
      owner: place.owner,
      bot: stack.bot,
      installationId: place.installationId,
      repositoryIds: place.repositories.map(({ id }) => id),
    },
    requests,
    github,
    model: modelFacts(stack.model.requests().slice(place.since.model), calls),
    pointers: await pointerProblems(stack, items),
    slots: await slotsOf(stack, place),
    committed: await committedOf(stack, place),
    queues: await depthsOf(stack),
    calls: calls.map(callFacts),
    standin: stack.github.violations(),
    leaks: leaksIn([
      ...items.map((item) => ['table', JSON.stringify(item)] as const),
      ...github.writes.map(({ path, body }) => [path, JSON.stringify(body ?? null)] as const),
    ]),
  };
}

function callFacts(call: CallRecord): CallFacts {
  const { seq, at, service, from, jobId, attempt, name, nth, verdict, status, answeredAt } = call;
  return {
    seq,
    at,
    service,
    from,
    jobId,
    attempt,
    name,
    nth,
    verdict,
    method: call.request.method,
    token: tokenOf(call),
    ...(status === undefined ? {} : { status }),
    ...(answeredAt === undefined ? {} : { answeredAt }),
  };
}

function tokenOf({ service, request }: CallRecord): string | undefined {
  if (service !== 'dynamodb') return undefined;
  return /"ClientRequestToken":"([^"]+)"/.exec(request.body.toString('utf8'))?.[1];
}

async function requestFacts(
  { table, bucket }: Stack,
  { request, jobs }: Readonly<{ request: Request; jobs: readonly Job[] }>,
): Promise<RequestFacts> {
  const report = await createRequestStore({ table, now: Date.now }).report(request.id);
  const journals = await Promise.all(
    jobs.map(async ({ id }) => ({ id, entries: await readJournal({ table, bucket }, id) })),
  );
  const entries = journals.flatMap((journal) => journal.entries);
  return {
    request,
    report,
    jobs,
    journals: Object.fromEntries(
      journals.map(({ id, entries }) => [id, entries.map(({ seq }) => seq)]),
    ),
    lost: costsOf(entries, true),
    broken: costsOf(entries, false).reduce((sum, cost) => sum + cost, 0),
  };
}

function costsOf(entries: readonly JournalEntry[], lost: boolean): readonly number[] {
  return entries.flatMap((entry) =>
    entry.type === 'call_failed' && (entry.error === 'worker_lost') === lost
      ? [entry.cost_micro_usd]
      : [],
  );
}

/** All items of the requests and of their journals. */
async function itemsOf(
  { table }: Stack,
  requests: readonly RequestFacts[],
): Promise<readonly unknown[]> {
  const partitions = requests.flatMap(({ request, jobs }) => [
    keys.request(request.id).pk,
    workOf(request.id),
    ...jobs.map(({ id }) => keys.journal(id, 1).pk),
  ]);
  return (await Promise.all(partitions.map((partition) => table.query({ partition })))).flat();
}

/** Every pointer has to lead to an object with its bytes. */
async function pointerProblems({ bucket }: Stack, items: readonly unknown[]) {
  const found = items.flatMap((item) => pointersIn(item, 'item'));
  const checked = await Promise.all(
    found.map(async ({ of, pointer }) => {
      try {
        const bytes = await bucket.get(pointer);
        return bytes.length === pointer.bytes ? [] : [{ of, problem: 'another length' }];
      } catch (error) {
        return [{ of, problem: error instanceof Error ? error.message : 'unknown' }];
      }
    }),
  );
  return checked.flat();
}

function pointersIn(value: unknown, of: string): readonly { of: string; pointer: Pointer }[] {
  if (typeof value !== 'object' || value === null || value instanceof Set) return [];
  const pointer = Pointer.safeParse(value);
  if (pointer.success) return [{ of, pointer: pointer.data }];
  return Object.entries(value).flatMap(([name, inner]) => pointersIn(inner, name));
}

const Slot = z.object({ holders: z.set(z.string()).optional() });

async function slotsOf({ table }: Stack, place: Place) {
  const names = [
    'global',
    `installation#${place.installationId}`,
    ...place.repositories.map(({ id }) => `repository#${id}`),
  ];
  const slots = await Promise.all(
    names.map(async (name) => {
      const { holders } = Slot.parse((await table.get(keys.slot(name))) ?? {});
      return { name, holders: [...(holders ?? [])] };
    }),
  );
  return slots.filter(({ holders }) => holders.length > 0);
}

const Counter = z.object({ committed: z.number().default(0) });

async function committedOf({ table }: Stack, place: Place) {
  const owner = {
    installation_id: place.installationId,
    requester_id: place.requesterId,
    created_at: place.since.at,
  };
  const [user, installation] = await Promise.all(
    budgetKeys(owner).map(async (key) => Counter.parse((await table.get(key)) ?? {}).committed),
  );
  return { user: user ?? 0, installation: installation ?? 0 };
}

async function depthsOf({ queues }: Stack): Promise<Record<string, number>> {
  const depths = await Promise.all(
    Object.entries(queues).map(async ([name, queue]) => [name, await queue.depth()] as const),
  );
  return Object.fromEntries(depths);
}

/** What only trusted processes may know: installation tokens, the model's key, the App's key. */
const secret = /ghs_[A-Za-z0-9]{16,}|sk-ant-[A-Za-z0-9-]{16,}|BEGIN (?:RSA )?PRIVATE KEY/;

function leaksIn(texts: readonly (readonly [string, string])[]): readonly string[] {
  return texts.flatMap(([where, text]) => (secret.test(text) ? [where] : []));
}
