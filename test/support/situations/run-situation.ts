import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AcceptDeps } from '../../../app/accept/accept-deps.ts';
import { EventName, readEvent } from '../../../app/accept/read-event.ts';
import { passes } from '../../../app/webhook-events.ts';
import { isTerminal } from '../../../core/job-state.ts';
import { Policy } from '../../../core/policy.ts';
import { type RunningApp, startRunningApp } from '../../app/support/running-app.ts';
import { tellCalls } from './calls.ts';
import { tellRequest } from './decided.ts';
import { doDeed, type Sent, sendAll } from './deed.ts';
import { handleAll } from './handle.ts';
import { createLogLines, isAbout, type LogLine, tellLine } from './log-lines.ts';
import { createPlain, type Plain } from './plain.ts';
import { readSituation, type Situation } from './situation.ts';
import { doStep, latest } from './steps.ts';
import { createScene, openPullRequest, type Scene, servedAccounts } from './world.ts';

/** What a situation came to, in words that are the same each time. */
export type Outcome = Readonly<{
  expected: Readonly<Record<string, unknown>>;
  /** Each text that the App wrote on GitHub, by file name. */
  texts: Readonly<Record<string, string>>;
}>;

/** Runs situations one after the other in one App. */
export type Situations = Readonly<{
  run: (name: string) => Promise<Outcome>;
  violations: () => readonly string[];
  close: () => Promise<void>;
}>;

/** Starts the App and a GitHub. Each situation gets people, an organization and repositories of its own. */
export async function startSituations(): Promise<Situations> {
  const folder = await mkdtemp(join(tmpdir(), 'cody-situations-'));
  const file = join(folder, 'policy.yml');
  const rules = { concurrency: { global: 1_000 }, accounts: servedAccounts };
  await writeFile(file, JSON.stringify(rules));
  const { log, lines } = createLogLines();
  const options = { log, endedWorkers: true, keepBodies: true };
  const running = await startRunningApp(file, options);
  const policy = Policy.parse(rules);
  let index = 0;
  return {
    run: async (name) => {
      index += 1;
      const ending = `-x${index}`;
      const situation = readSituation(name, ending);
      const scene = await createScene(running, situation, { ending, index });
      return runIn(scene, situation, { lines, policy });
    },
    violations: running.github.violations,
    close: async () => {
      await running.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Watched = Readonly<{ lines: LogLine[]; policy: Policy }>;

async function runIn(scene: Scene, situation: Situation, watched: Watched): Promise<Outcome> {
  const { running } = scene;
  const { github } = running;
  const settle = () => handleAll(running);
  const all = watched.lines.length;
  await prepare(scene, situation);
  for (const step of situation.before) await doStep(scene, step, settle);
  const told = await doDeed(scene, situation);
  for (const step of situation.meanwhile) await doStep(scene, step, settle);
  for (const { path, ...fault } of situation.github)
    github.faults.add(definedOnly({ ...fault, path: new RegExp(path) }));
  const [calls, log] = [github.requests().length, watched.lines.length];
  const sent = await sendAll(scene, situation, told);
  const { failures } = await settle();
  github.faults.clear();
  const outcome = await tell(scene, {
    sent,
    failures,
    ledger: github.requests().slice(calls),
    log: watched.lines.slice(log),
    known: requestsIn(watched.lines.slice(all)),
    policy: watched.policy,
  });
  await clean(running, requestsIn(watched.lines.slice(all)));
  const days = situation.before.reduce((sum, step) => sum + (step.days ?? 0), 0);
  running.pass(-days * 24 * 3_600_000);
  return outcome;
}

/** Puts the pull request there that the situation is about. */
async function prepare(scene: Scene, situation: Situation): Promise<void> {
  const { running, place, owner, ending } = scene;
  const { github, front } = running;
  if (situation.on === 'issue') return;
  const settle = () => handleAll(running);
  if (situation.on === 'own_pull_request') {
    await doStep(scene, { comment: '/cody Fix it' }, settle);
    await doStep(scene, { end: { web: { state: 'pull_request', check: true } } }, settle);
    const job = (await running.jobs.ofRequest((await latest(scene))?.id ?? '-'))[0];
    place.number = job?.pull_request?.number ?? 0;
    place.branch = job?.branch ?? '';
    return;
  }
  // Only buttons come of the new pull request: elsewhere the App need not hear of it.
  const heard = situation.event.startsWith('check') || situation.before.some(({ press }) => press);
  github.setWebhookUrl(heard ? front : undefined);
  const { number, branch } = await openPullRequest(scene, 'more');
  await github.settled();
  github.setWebhookUrl(front);
  Object.assign(place, { number, branch });
  if (situation.fork) {
    await github.seed.repository({ owner: `outsider${ending}`, name: 'web', files: {} });
    const fork = { owner: `outsider${ending}`, name: 'web' };
    github.seed.headInFork({ owner, name: 'web', number, fork });
  }
  await settle();
}

type Watch = Readonly<{
  sent: readonly Sent[];
  failures: readonly string[];
  ledger: ReturnType<RunningApp['github']['requests']>;
  log: readonly LogLine[];
  known: readonly string[];
  policy: Policy;
}>;

async function tell(scene: Scene, watch: Watch): Promise<Outcome> {
  const { running, ending } = scene;
  const { failures, known } = watch;
  const plain = createPlain({ ending, serverUrl: running.github.serverUrl, requests: known });
  const { calls, texts } = tellCalls(watch.ledger, plain);
  const deliveries = watch.sent.map(({ guid }) => guid);
  const requests: unknown[] = [];
  for (const id of requestsIn(watch.log)) {
    const request = await running.requests.get(id);
    if (request) requests.push(tellRequest(request, await running.jobs.ofRequest(id)));
  }
  const expected = {
    received: await Promise.all(watch.sent.map((one) => received(one, watch.policy))),
    log: watch.log.filter((line) => isAbout(line, deliveries)).map(tellLine),
    ...(failures.length === 0 ? {} : { failures }),
    requests,
    calls,
  };
  return { expected: plainIn(expected, plain) as Outcome['expected'], texts };
}

/** The same value with all texts in it made plain. */
function plainIn(value: unknown, plain: Plain): unknown {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'string' ? plain(one) : one,
  );
}

/** What the filter says about an event, and what it is read as where the payload alone tells. */
async function received({ event, payload, status }: Sent, policy: Policy) {
  const pass = passes(event, Buffer.from(JSON.stringify(payload)));
  const filter = pass.type === 'passed' ? 'passed' : `ignored: ${pass.reason}`;
  const name = EventName.safeParse(event).data;
  if (status !== 202 || pass.type !== 'passed') return { event, status, filter };
  if (name !== 'issue_comment' && name !== 'pull_request') return { event, status, filter };
  const screened = await readEvent({ policy } as AcceptDeps, { name, payload });
  if (screened.type === 'ignore')
    return { event, status, filter, read: `ignored: ${screened.reason}` };
  if (screened.type === 'prompts_check') return { event, status, filter, read: 'prompts_check' };
  const { key, source, requester, parsed } = screened.order;
  const read = { key, source: source.type, requester: requester.login, parsed };
  return { event, status, filter, read };
}

/** The requests that the log names, the first first. */
function requestsIn(lines: readonly LogLine[]): readonly string[] {
  return [...new Set(lines.flatMap(({ request }) => (typeof request === 'string' ? request : [])))];
}

/** Ends what still goes on, so that no later situation wakes it. */
async function clean({ jobs }: RunningApp, requests: readonly string[]): Promise<void> {
  for (const id of requests)
    for (const job of await jobs.ofRequest(id))
      if (!isTerminal(job.state)) await jobs.move(job, 'cancelled');
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function definedOnly<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
