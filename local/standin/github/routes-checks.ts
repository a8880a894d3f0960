import { apply, Body, checkLimits } from './check-body.ts';
import type { CheckRun, CheckSuite } from './check.ts';
import { emitCheckRun, emitCheckSuite } from './events.ts';
import { readCommit } from './git-commits.ts';
import { listRefs } from './git-refs.ts';
import { GithubError, notFound, unprocessable } from './github-error.ts';
import { countedAnswer, listAnswer } from './paging.ts';
import { checkRunPayload, checkSuitePayload, runsOf, suiteState } from './payload-check.ts';
import { repositoryPage } from './payload-repository.ts';
import { appOf, requireActor } from './principal.ts';
import {
  type Answer,
  locked,
  numberParam,
  param,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import type { AppRecord } from './world.ts';

const ONE = '/repos/{owner}/{repo}/check-runs/{check_run_id}';
const SUITE = '/repos/{owner}/{repo}/check-suites/{check_suite_id}';
const READ = { any: ['checks=read'], role: 'read' } as const;
const WRITE = { any: ['checks=write'], role: 'read' } as const;

/** The routes of check runs and check suites. */
export const checkRoutes: readonly Route[] = [
  repositoryRoute('POST /repos/{owner}/{repo}/check-runs', WRITE, locked(create)),
  repositoryRoute(`PATCH ${ONE}`, WRITE, locked(update)),
  repositoryRoute(`GET ${ONE}`, READ, (call) => ({
    status: 200,
    body: checkRunPayload(call.hub.world, call.repository, runOf(call)),
  })),
  repositoryRoute(`GET ${ONE}/annotations`, READ, (call) => listAnnotations(call)),
  repositoryRoute('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', READ, async (call) => {
    const sha = await shaOf(call);
    return listRuns(
      call,
      [...call.repository.checkRuns.values()].filter((run) => run.headSha === sha),
    );
  }),
  repositoryRoute('GET /repos/{owner}/{repo}/commits/{ref}/check-suites', READ, listSuites),
  repositoryRoute(`GET ${SUITE}`, READ, async (call) => ({
    status: 200,
    body: await checkSuitePayload(call.hub, call.repository, suiteOf(call)),
  })),
  repositoryRoute(`GET ${SUITE}/check-runs`, READ, (call) =>
    listRuns(call, runsOf(call.repository, suiteOf(call))),
  ),
];

async function create(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const { world } = hub;
  const app = requireApp(call);
  const body = readBody(call, Body);
  checkLimits(body);
  const sha = body.head_sha ?? '';
  const commit = /^[0-9a-f]{40}$/.test(sha)
    ? await readCommit(hub.git, repository.dir, sha)
    : undefined;
  if (!commit) throw unprocessable(`No commit found for SHA: ${sha}`);
  const suite = await suiteFor(call, app, commit.sha);
  const run: CheckRun = {
    id: world.nextId(),
    suiteId: suite.id,
    appId: app.id,
    headSha: commit.sha,
    name: body.name ?? '',
    status: 'queued',
    conclusion: null,
    detailsUrl: null,
    externalId: '',
    startedAt: world.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: [],
  };
  apply(world, run, body);
  repository.checkRuns.set(run.id, run);
  suite.requeued = false;
  await announce(call, { run, suite, created: true, completed: run.status === 'completed' });
  return { status: 201, body: checkRunPayload(world, repository, run) };
}

async function update(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const app = requireApp(call);
  const run = runOf(call);
  if (run.appId !== app.id) {
    throw new GithubError(
      403,
      'Invalid app_id `' +
        app.id +
        '` - check run can only be modified by the GitHub App that created it.',
    );
  }
  const body = readBody(call, Body);
  checkLimits(body);
  const was = run.status;
  apply(hub.world, run, body);
  const suite = repository.checkSuites.get(run.suiteId);
  if (!suite) throw new Error(`check run ${run.id} has no suite`);
  suite.requeued = false;
  const completed = run.status === 'completed' && was !== 'completed';
  await announce(call, { run, suite, created: false, completed });
  return { status: 200, body: checkRunPayload(hub.world, repository, run) };
}

function requireApp(call: RepositoryCall): AppRecord {
  const app = appOf(call.principal);
  if (!app) throw new GithubError(403, 'You must authenticate via a GitHub App.');
  return app;
}

/** The suite of an App's check runs on a commit; the first run makes it. */
export async function suiteFor(
  { hub, repository }: Pick<RepositoryCall, 'hub' | 'repository'>,
  app: AppRecord,
  sha: string,
): Promise<CheckSuite> {
  const known = repository.checkSuites
    .values()
    .find((suite) => suite.appId === app.id && suite.headSha === sha);
  if (known) return known;
  const refs = await listRefs(hub.git, repository.dir, 'refs/heads');
  const suite: CheckSuite = {
    id: hub.world.nextId(),
    appId: app.id,
    headSha: sha,
    headBranch: refs.find((ref) => ref.sha === sha)?.ref.slice('refs/heads/'.length) ?? null,
    before: null,
    createdAt: hub.world.now(),
    updatedAt: hub.world.now(),
    requeued: false,
  };
  repository.checkSuites.set(suite.id, suite);
  return suite;
}

async function announce(
  call: RepositoryCall,
  what: Readonly<{ run: CheckRun; suite: CheckSuite; created: boolean; completed: boolean }>,
): Promise<void> {
  const { hub, repository } = call;
  const { run, suite } = what;
  const sender = requireActor(hub.world, call.principal);
  suite.updatedAt = hub.world.now();
  if (what.created) await emitCheckRun(hub, { action: 'created', repository, run, sender });
  if (!what.completed) return;
  await emitCheckRun(hub, { action: 'completed', repository, run, sender });
  if (suiteState(repository, suite).status === 'completed') {
    const payload = await checkSuitePayload(hub, repository, suite);
    await emitCheckSuite(hub, { action: 'completed', repository, suite, payload, sender });
  }
}

function runOf(call: RepositoryCall): CheckRun {
  const run = call.repository.checkRuns.get(numberParam(call, 'check_run_id'));
  if (!run) throw notFound();
  return run;
}

function suiteOf(call: RepositoryCall): CheckSuite {
  const suite = call.repository.checkSuites.get(numberParam(call, 'check_suite_id'));
  if (!suite) throw notFound();
  return suite;
}

async function shaOf(call: RepositoryCall): Promise<string> {
  const ref = param(call, 'ref');
  const commit = await readCommit(call.hub.git, call.repository.dir, ref);
  if (!commit) throw unprocessable(`No commit found for SHA: ${ref}`);
  return commit.sha;
}

function listRuns(call: RepositoryCall, runs: readonly CheckRun[]): Promise<Answer> {
  const { query } = call;
  const name = query.get('check_name');
  const status = query.get('status');
  const appId = query.get('app_id');
  const newest = runs.toSorted((a, b) => b.id - a.id);
  const latest = newest.filter(
    (run, index) =>
      query.get('filter') === 'all' ||
      newest.findIndex((other) => other.name === run.name && other.appId === run.appId) === index,
  );
  const items = latest.filter(
    (run) =>
      (name === null || run.name === name) &&
      (status === null || run.status === status) &&
      (appId === null || run.appId === Number(appId)),
  );
  return countedAnswer(call, { name: 'check_runs', items }, (run) =>
    checkRunPayload(call.hub.world, call.repository, run),
  );
}

async function listSuites(call: RepositoryCall): Promise<Answer> {
  const sha = await shaOf(call);
  const appId = call.query.get('app_id');
  const items = [...call.repository.checkSuites.values()].filter(
    (suite) => suite.headSha === sha && (appId === null || suite.appId === Number(appId)),
  );
  return countedAnswer(call, { name: 'check_suites', items }, (suite) =>
    checkSuitePayload(call.hub, call.repository, suite),
  );
}

function listAnnotations(call: RepositoryCall): Promise<Answer> {
  const run = runOf(call);
  const page = repositoryPage(call.hub.world, call.repository);
  return listAnswer(call, run.annotations, (annotation) => ({
    ...annotation,
    blob_href: `${page}/blob/${run.headSha}/${annotation.path}`,
  }));
}
