import { randomBytes } from 'node:crypto';

import type { CheckRun, CheckSuite } from './check.ts';
import { emitCheckRun, emitCheckSuite } from './events.ts';
import { GithubError, notFound } from './github-error.ts';
import type { Hub } from './hub.ts';
import { countedAnswer } from './paging.ts';
import { nodeId, time } from './payload-account.ts';
import { checkSuitePayload } from './payload-check.ts';
import { repositoryPage, repositoryUrl } from './payload-repository.ts';
import type { WireAnswer, WireRequest } from './pipeline.ts';
import {
  type Answer,
  numberParam,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { suiteFor } from './routes-checks.ts';
import {
  accountById,
  type AppRecord,
  type Repository,
  repositoryByName,
  type World,
} from './world.ts';

/** A job of a workflow run that has ended. The id of a job is that of its check run. */
type EndedJob = Readonly<{
  owner: string;
  name: string;
  /** The commit that the workflow ran on. */
  sha: string;
  job: string;
  conclusion: 'success' | 'failure' | 'timed_out' | 'cancelled';
  /** Left out: GitHub has deleted it. */
  log?: string;
}>;

/** GitHub Actions, as far as jobs have ended. */
export type Actions = Readonly<{
  /** Ends a job of a workflow: its check run appears, and Apps hear of it. */
  endJob: (job: EndedJob) => Promise<{ id: number }>;
  routes: readonly Route[];
  /** Whether a path is that of a log's download, which stands outside of the API. */
  serves: (pathname: string) => boolean;
  handle: (request: WireRequest) => Promise<WireAnswer>;
}>;

type Job = Readonly<{ runId: number; repository: Repository; log: string | undefined }>;
type Jobs = Map<number, Job>;

const JOBS = '/repos/{owner}/{repo}/actions/jobs/{job_id}';
const READ = { any: ['actions=read'], role: 'read' } as const;
const DOWNLOADS = '/api/actions-logs/';
/** GitHub: "This link will expire after 1 minute." */
const LINK_LIVES_MS = 60_000;

/** Creates the jobs of a world's workflows, their routes, and the place where their logs are downloaded. */
export function createActions(hub: Hub): Actions {
  const jobs: Jobs = new Map();
  const links = new Map<string, Readonly<{ log: string; until: number }>>();
  return {
    endJob: (job) => endJob(hub, jobs, job),
    routes: [
      repositoryRoute(`GET ${JOBS}`, READ, (call) => {
        const id = numberParam(call, 'job_id');
        return { status: 200, body: jobPayload(call, id, jobOf(call, jobs, id)) };
      }),
      repositoryRoute('GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs', READ, (call) =>
        listJobs(call, jobs),
      ),
      repositoryRoute(`GET ${JOBS}/logs`, READ, (call) => {
        const { log } = jobOf(call, jobs, numberParam(call, 'job_id'));
        if (log === undefined) throw new GithubError(410, 'Gone');
        const name = randomBytes(16).toString('hex');
        links.set(name, { log, until: hub.world.now() + LINK_LIVES_MS });
        return { status: 302, headers: { location: `${hub.world.origin}${DOWNLOADS}${name}` } };
      }),
    ],
    serves: (pathname) => pathname.startsWith(DOWNLOADS),
    handle: async ({ url, headers }) => {
      const link = links.get(url.pathname.slice(DOWNLOADS.length));
      // The link itself is the permission: whoever sends a token there gives it away.
      if (headers.has('authorization')) hub.violate('a token was sent to where logs are stored');
      const alive = link !== undefined && link.until > hub.world.now();
      return {
        type: 'answer',
        status: alive ? 200 : 403,
        headers: { 'content-type': 'text/plain' },
        body: Buffer.from(alive ? link.log : 'The link has expired'),
      };
    },
  };
}

async function endJob(hub: Hub, jobs: Jobs, ended: EndedJob): Promise<{ id: number }> {
  const { world } = hub;
  const repository = repositoryByName(world, ended.owner, ended.name);
  if (!repository) throw new Error(`no repository ${ended.owner}/${ended.name}`);
  const app = actionsApp(world);
  const suite = await suiteFor({ hub, repository }, app, ended.sha);
  const run = checkRunOf(world, suite, ended);
  repository.checkRuns.set(run.id, run);
  jobs.set(run.id, { runId: suite.id, repository, log: ended.log });
  const sender = accountById(world, app.botId);
  await emitCheckRun(hub, { action: 'completed', repository, run, sender });
  const payload = await checkSuitePayload(hub, repository, suite);
  await emitCheckSuite(hub, { action: 'completed', repository, suite, payload, sender });
  return { id: run.id };
}

function checkRunOf(world: World, suite: CheckSuite, { job, conclusion }: EndedJob): CheckRun {
  const at = world.now();
  return {
    id: world.nextId(),
    suiteId: suite.id,
    appId: suite.appId,
    headSha: suite.headSha,
    name: job,
    status: 'completed',
    conclusion,
    detailsUrl: null,
    externalId: '',
    startedAt: at,
    completedAt: at,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: [],
  };
}

const SLUG = 'github-actions';

/** GitHub's own App, which is installed nowhere and needs no installation. */
function actionsApp(world: World): AppRecord {
  const known = world.apps.values().find(({ slug }) => slug === SLUG);
  if (known) return known;
  const first = world.apps.values().next().value;
  if (!first) throw new Error('seed an app first');
  const botId = world.nextId();
  world.accounts.set(botId, {
    id: botId,
    login: `${SLUG}[bot]`,
    type: 'Bot',
    createdAt: world.now(),
    members: new Map(),
    teams: new Map(),
  });
  const app: AppRecord = {
    ...first,
    id: 15_368,
    slug: SLUG,
    name: 'GitHub Actions',
    permissions: { metadata: 'read', checks: 'write' },
    events: [],
    botId,
  };
  world.apps.set(app.id, app);
  return app;
}

function jobOf(call: RepositoryCall, jobs: Jobs, id: number): Job {
  const job = jobs.get(id);
  if (job?.repository !== call.repository) throw notFound();
  return job;
}

function listJobs(call: RepositoryCall, jobs: Jobs): Promise<Answer> {
  const runId = numberParam(call, 'run_id');
  const items = [...jobs].filter(
    ([, job]) => job.runId === runId && job.repository === call.repository,
  );
  return countedAnswer(call, { name: 'jobs', items }, ([id, job]) => jobPayload(call, id, job));
}

/** GitHub's `job`. */
function jobPayload({ hub, repository }: RepositoryCall, id: number, { runId }: Job) {
  const run = repository.checkRuns.get(id);
  if (!run) throw new Error(`job ${id} has no check run`);
  const url = repositoryUrl(hub.world, repository);
  return {
    id,
    run_id: runId,
    run_url: `${url}/actions/runs/${runId}`,
    run_attempt: 1,
    node_id: nodeId('CR', id),
    head_sha: run.headSha,
    head_branch: repository.checkSuites.get(run.suiteId)?.headBranch ?? null,
    workflow_name: 'CI',
    name: run.name,
    url: `${url}/actions/jobs/${id}`,
    html_url: `${repositoryPage(hub.world, repository)}/runs/${id}`,
    check_run_url: `${url}/check-runs/${id}`,
    status: run.status,
    conclusion: run.conclusion,
    created_at: time(run.startedAt),
    started_at: time(run.startedAt),
    completed_at: time(run.completedAt),
    labels: ['ubuntu-latest'],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
    steps: [],
  };
}
