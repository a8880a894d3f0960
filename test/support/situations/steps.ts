import { keys } from '../../../core/store/table-schema.ts';
import type { CauseCode } from '../../../core/cause.ts';
import type { Job } from '../../../core/job.ts';
import type { Request } from '../../../core/request.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import type { Handled } from './handle.ts';
import type { JobEnd, Step } from './situation.ts';
import { commit, openPullRequest, type Scene } from './world.ts';

/** Hands over all that is under way. */
type Settle = () => Promise<Handled>;

/** Does one step of what happened before, and lets the App handle it. */
export async function doStep(scene: Scene, step: Step, settle: Settle): Promise<void> {
  const { running, call, place, owner, ending, installationId } = scene;
  const { seed } = running.github;
  const by = step.by ?? `requester${ending}`;
  if (step.comment !== undefined) {
    const body = await filled(scene, step.comment);
    await call(by, `POST issues/${place.number}/comments`, { body });
    await settle();
  }
  for (const name of step.claim ?? []) await claim(scene, await jobIn(scene, name));
  for (const [name, end] of Object.entries(step.end ?? {})) await endJob(scene, name, end);
  if (step.end && step.told !== false) await tell(scene);
  for (const [name, collaborators] of Object.entries(step.roles ?? {}))
    seed.updateRepository({ owner, name, collaborators });
  for (const [name, change] of Object.entries(step.update ?? {}))
    seed.updateRepository({ owner, name, ...change });
  if (step.installation) seed.updateInstallation({ id: installationId, ...step.installation });
  if (step.spent) await spend(scene, step.spent);
  if (step.push !== undefined) {
    const branch = step.push === 'head' ? (place.branch ?? 'main') : step.push;
    await commit(scene, { branch, text: `# sums\nOf numbers on ${branch}\n` });
  }
  if (step.pull_request === 'close')
    await call(`writer${ending}`, `PATCH pulls/${place.number}`, { state: 'closed' });
  if (step.pull_request === 'merge')
    await call(`writer${ending}`, `PUT pulls/${place.number}/merge`, {});
  if (step.press !== undefined) await press(scene, step.press, by);
  if (step.days !== undefined) running.pass(step.days * 24 * 3_600_000);
  await settle();
}

/** The text with what is only known now: the latest request here and its first job, the head of the pull request. */
export async function filled(scene: Scene, text: string): Promise<string> {
  if (!text.includes('{{')) return text;
  const request = await latest(scene);
  const head = text.includes('{{head}}') ? await headOf(scene) : '';
  return text
    .replaceAll('{{request}}', request?.id ?? '-')
    .replaceAll('{{before}}', request?.parent ?? '-')
    .replaceAll('{{job}}', request?.job_ids[0] ?? '-')
    .replaceAll('{{number}}', String(scene.place.number))
    .replaceAll('{{head}}', head);
}

async function headOf({ call, place, ending }: Scene): Promise<string> {
  const pull = await call(`writer${ending}`, `GET pulls/${place.number}`);
  return (pull as { head: { sha: string } }).head.sha;
}

/** The latest request of the place. */
export async function latest({
  running,
  call,
  place,
  ending,
}: Scene): Promise<Request | undefined> {
  const { id } = (await call(`writer${ending}`, 'GET ../web')) as { id: number };
  const { table, now } = running;
  const source = { repository: { id }, issue_number: place.number };
  return createRequestStore({ table, now }).latestOf(source);
}

async function jobIn(scene: Scene, name: string): Promise<Job> {
  const request = await latest(scene);
  const jobs = await scene.running.jobs.ofRequest(request?.id ?? '-');
  const found = jobs.find((job) => job.repository.name === name);
  if (!found) throw new Error(`No job in ${name}`);
  return found;
}

async function claim({ running }: Scene, job: Job): Promise<Job> {
  const claimed = await running.jobs.claim({
    id: job.id,
    attempt: job.attempt,
    attemptKeySha256: job.attempt_key_sha256 ?? '',
    owner: 'worker',
    leaseMs: 60_000,
  });
  if (!claimed) throw new Error(`${job.id} cannot be claimed`);
  return claimed;
}

const sentences: Readonly<Record<string, readonly [CauseCode, string]>> = {
  pull_request: ['completed', 'A pull request is open.'],
  patch: ['no_pull_request_asked', 'No pull request was asked for.'],
  answered: ['answered', 'The question is answered.'],
  planned: ['planned', 'Nothing was changed.'],
  cancelled: ['cancelled_by_user', 'requester cancelled it.'],
  failed: ['internal_error', 'Something went wrong in this server.'],
};

const submission = {
  title: 'Add the numbers up',
  summary: 'Uses plus in `sum`.',
  changes: ['`src/sum.js`: plus'],
  verification: [],
  not_done: [],
  risks: [],
};

const snapshot = { key: 'snapshot/00/0', sha256: 'c'.repeat(64), bytes: 1 };

/** Writes how a job ended, as a worker does. */
async function endJob(scene: Scene, name: string, end: JobEnd): Promise<void> {
  const { jobs } = scene.running;
  const job = await jobIn(scene, name);
  const [code, sentence] = sentences[end.state] ?? ['internal_error', ''];
  const cause = {
    code: (end.cause ?? code) as CauseCode,
    sentence,
    ...(end.next === undefined ? {} : { next: end.next }),
  };
  const change = {
    cause,
    ...(end.snapshot ? { snapshot } : {}),
    ...(['answered', 'planned', 'pull_request'].includes(end.state) ? { submission } : {}),
  };
  if (job.state === 'queued') {
    await jobs.move(job, end.state, change);
    return;
  }
  const claimed = job.state === 'starting' ? await claim(scene, job) : job;
  if (end.state !== 'pull_request') {
    await jobs.move(claimed, end.state, change);
    return;
  }
  const publishing = await jobs.move(claimed, 'publishing');
  await jobs.move(publishing, 'pull_request', { ...change, ...(await published(scene, job)) });
}

/** The commit and the pull request of a job in `web`. */
async function published(scene: Scene, job: Job): Promise<Partial<Job>> {
  const { running, owner } = scene;
  const about = { draft: false, files: 1, verified: true };
  const number = job.iteration?.own ? job.iteration.pull_request : undefined;
  const opened =
    number === undefined
      ? await openPullRequest(scene, `cody/${job.request_id}-fix-it`)
      : { number, branch: job.base_branch, sha: await headOf(scene) };
  const url = `${running.github.serverUrl}/${owner}/web/pull/${opened.number}`;
  return {
    branch: opened.branch,
    commit_sha: opened.sha,
    pull_request: { ...about, number: opened.number, url, head_sha: opened.sha },
  };
}

/** The App hears that jobs have ended. */
async function tell(scene: Scene): Promise<void> {
  const request = await latest(scene);
  if (!request) return;
  await scene.running.queues.ingest.send({ type: 'report', request_id: request.id });
  await scene.running.queues.ingest.send({ type: 'wake' });
}

async function spend(
  { running, call, ending, installationId }: Scene,
  { day = 0, month = 0 }: NonNullable<Step['spent']>,
): Promise<void> {
  const date = new Date(running.now()).toISOString();
  const { id } = (await call(`requester${ending}`, 'GET ../../../user')) as { id: number };
  const counters = [
    { key: keys.budget(`user#${id}`, date.slice(0, 10)), usd: day },
    { key: keys.budget(`installation#${installationId}`, date.slice(0, 7)), usd: month },
  ];
  await running.table.transact(
    counters.map(({ key, usd }) => ({ type: 'update', key, add: { committed: usd * 1_000_000 } })),
  );
}

/** Presses a button on the App's check run at the head of the pull request. */
export async function press(scene: Scene, label: string, login: string): Promise<void> {
  const { running, owner } = scene;
  const on = { owner, name: 'web', checkRunId: await checkRun(scene) };
  const shown = running.github.shownButtons(on);
  const button = shown.find((one) => one.label === label);
  if (!button) throw new Error(`No button ${label} among ${shown.map((one) => one.label).join()}`);
  await running.github.pressButton({ ...on, login, identifier: button.identifier });
}

/** The App's check run at the head of the pull request. */
export async function checkRun(scene: Scene): Promise<number> {
  const { call, ending } = scene;
  const path = `GET commits/${await headOf(scene)}/check-runs`;
  const { check_runs } = (await call(`writer${ending}`, path)) as {
    check_runs: readonly { id: number; app: { slug: string } }[];
  };
  const [first] = check_runs.filter(({ app }) => app.slug === 'cody');
  if (!first) throw new Error('There is no check run');
  return first.id;
}
