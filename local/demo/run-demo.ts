import type { Logger } from 'pino';
import { z } from 'zod';
import { demoDocument, type OuterTimings } from './document.ts';
import { type Asked, follow } from './follow.ts';
import { distinctNames, lookUpRepository } from './import-repository.ts';
import type { DemoOptions } from './options.ts';
import { createPerson, type Person } from './person.ts';
import { printReport } from './report.ts';
import { type Target, viewRepository } from './repository-view.ts';
import { type Stack, startStack } from './stack.ts';
import type { RealModel } from './surroundings.ts';
import type { Terminal } from './terminal.ts';
import { browserLines, demoPrompt, issueTexts } from './words.ts';
import {
  issueAddress,
  requester,
  seedIssue,
  seedNextIssues,
  seedPeople,
  seedRepositories,
  seedSources,
} from './world.ts';

export type DemoInput = Readonly<{
  options: DemoOptions;
  dataDir: string;
  realModel: RealModel | undefined;
  /** The environment that goes on to git and to the server. */
  env: Readonly<Record<string, string>>;
  terminal: Terminal;
  log: Logger;
  /** Aborted when the person interrupts the demo. */
  signal: AbortSignal;
}>;

/** A demo whose request has ended; everything is still up. */
export type DemoRun = Readonly<{
  /** Whether every job ended in a pull request, an answer or a plan. */
  succeeded: boolean;
  /** Undefined when the command was answered without a request. */
  document: ReturnType<typeof demoDocument> | undefined;
  close: () => Promise<void>;
}>;

const scriptedTimeoutMs = 5 * 60_000;
/** A job may take 45 minutes, and five jobs may wait for each other. */
const liveTimeoutMs = 3 * 60 * 60_000;
const goodStates: readonly string[] = ['pull_request', 'answered', 'planned'];

/**
 * Starts the product with its stand-ins, asks as a person, follows the request to its end and prints what became of
 * it. Throws when something does not start or does not end in time; nothing is left running then.
 */
export async function runDemo(input: DemoInput): Promise<DemoRun> {
  const { dataDir, realModel, log, env, terminal } = input;
  const stack = await startStack({
    dataDir,
    log,
    env: { ...env, ...demoTimes },
    ...(realModel === undefined ? {} : { realModel }),
  });
  try {
    terminal.step(`GitHub stand-in ${stack.github.serverUrl}`);
    if (stack.model) terminal.step(`scripted model  ${stack.model.url}`);
    terminal.step(`server          ${stack.server.url}`);
    const result = await askAndFollow(input, stack);
    return { ...result, close: stack.close };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

/** Everything on one machine answers at once: long waits would only make the demo longer. */
const demoTimes = {
  CODY_REPORT_DELAY_MS: '1000',
  CODY_SWEEP_MS: '5000',
  CODY_PACING_MS: '100',
} as const;

async function askAndFollow(input: DemoInput, stack: Stack): Promise<Omit<DemoRun, 'close'>> {
  const { options, terminal } = input;
  const { github } = stack;
  const { targets, issue } = await seed(input, stack);
  const person = createPerson({ apiUrl: github.url, token: github.userToken(requester) });
  const started = Date.now();
  const asked = await ask(person, { input, targets, issue, bot: stack.bot });
  terminal.step(`comment by ${requester} on ${asked.owner}/${asked.name}#${issue}`);
  const ending = await follow(person, asked, {
    step: terminal.step,
    timeoutMs: options.live ? liveTimeoutMs : scriptedTimeoutMs,
    pollMs: options.live ? 2_000 : 250,
    signal: input.signal,
  });
  const total = Date.now() - started;
  const places = { targets, asked };
  if (ending.type === 'replied') {
    const report = { comments: ending.comments, views: [], jobs: [], gitUrl: github.gitUrl };
    printReport(terminal, report);
    inviteToBrowser(input, stack, places);
    return { succeeded: false, document: undefined };
  }
  const views = await Promise.all(
    targets.map((target) => viewRepository(person, target, stack.bot)),
  );
  const record = await stack.server.request(ending.requestId);
  if (record === undefined) throw new Error(`Request ${ending.requestId} is not in the table`);
  printReport(terminal, { comments: ending.comments, views, ...record, gitUrl: github.gitUrl });
  inviteToBrowser(input, stack, places);
  return {
    succeeded: record.jobs.every((job) => goodStates.includes(job.state)),
    document: demoDocument({
      ...record,
      live: options.live,
      timings: { ...receiveTimings(stack, started), total },
    }),
  };
}

async function seed(
  { options, env }: DemoInput,
  { github }: Stack,
): Promise<Readonly<{ targets: readonly Target[]; issue: number }>> {
  seedPeople(github);
  const sources = await Promise.all(
    options.repositories.map((place) => lookUpRepository(place, env)),
  );
  const targets =
    sources.length === 0
      ? await seedRepositories(github)
      : await seedSources(github, distinctNames(sources), env);
  const [first] = targets;
  if (first === undefined) throw new Error('There is no repository to work on');
  const text = sources.length === 0 ? issueTexts.seed : issueTexts.own;
  return { targets, issue: await seedIssue(github, first, text) };
}

type Question = Readonly<{
  input: DemoInput;
  targets: readonly Target[];
  issue: number;
  bot: string;
}>;

async function ask(person: Person, question: Question): Promise<Asked> {
  const { input, targets, issue, bot } = question;
  const { options } = input;
  const [first] = targets;
  if (first === undefined) throw new Error('There is no repository to work on');
  const words = [
    '/cody',
    ...(options.live ? [`--budget ${options.budget}`] : []),
    ...targets.map(({ owner, name }) => `--repo ${owner}/${name}`),
    options.prompt ?? demoPrompt,
  ];
  const path = `repos/${first.owner}/${first.name}/issues/${issue}/comments`;
  const comment = await person.post(path, { body: words.join(' ') }, z.object({ id: z.number() }));
  return { owner: first.owner, name: first.name, issue, commentId: comment.id, targets, bot };
}

type Places = Readonly<{ targets: readonly Target[]; asked: Asked }>;

/** Tells where to look in a browser while everything stays up; the scripted model has issues left to work on. */
function inviteToBrowser({ options, terminal }: DemoInput, stack: Stack, places: Places): void {
  if (options.once) return;
  const { github } = stack;
  const own = options.live || options.repositories.length > 0;
  const next = own ? [] : seedNextIssues(github, places.targets, issueTexts.next);
  terminal.heading('Open in a browser');
  const asked = issueAddress(github, places.asked);
  for (const line of browserLines({ asked, next, server: stack.server.url })) terminal.line(line);
}

/** How long the webhook was under way, and from its answer to the eyes on the comment. */
function receiveTimings({ github }: Stack, started: number): Omit<OuterTimings, 'total'> {
  const delivery = github
    .deliveries()
    .find(({ event, deliveredAt }) => event === 'issue_comment' && deliveredAt >= started);
  const eyes = github
    .requests()
    .find(
      ({ method, path, time }) =>
        method === 'POST' && path.endsWith('/reactions') && time >= started,
    );
  const receive = delivery?.durationMs ?? 0;
  const received = (delivery?.deliveredAt ?? started) + receive;
  return { receive, accept: Math.max(0, (eyes?.time ?? received) - received) };
}
