import { includes } from './access.ts';
import { emit, emitCheckSuite, emitPull } from './events.ts';
import { listCommits, readCommit } from './git-commits.ts';
import { isAncestor, NO_SHA } from './git-refs.ts';
import type { Hub } from './hub.ts';
import { isPull, type PullIssue } from './issue.ts';
import { time } from './payload-account.ts';
import { checkSuitePayload } from './payload-check.ts';
import { noreply } from './payload-git.ts';
import { repositoryPage } from './payload-repository.ts';
import { type Account, appById, covers, type Repository } from './world.ts';

/** A ref that moved. All zeros stand for "was not there" and "is gone". */
export type RefMove = Readonly<{ ref: string; before: string; after: string }>;

/** Does what follows from a push: pull requests move, close or count as merged, suites begin, events go out. */
export async function afterRefsMoved(
  hub: Hub,
  repository: Repository,
  push: Readonly<{ sender: Account; moves: readonly RefMove[] }>,
): Promise<void> {
  for (const move of push.moves) {
    repository.pushedAt = hub.world.now();
    if (move.after !== NO_SHA) repository.empty = false;
    await emitPush(hub, repository, { sender: push.sender, move });
    if (!move.ref.startsWith('refs/heads/')) continue;
    const branch = move.ref.slice('refs/heads/'.length);
    if (move.after !== NO_SHA) await requestSuites(hub, repository, { ...push, move, branch });
    for (const issue of openPulls(repository)) {
      if (issue.pull.headRef === branch) {
        await moveHead(hub, repository, { issue, move, sender: push.sender });
      } else if (issue.pull.baseRef === branch && move.after !== NO_SHA) {
        await moveBase(hub, repository, { issue, move, sender: push.sender });
      }
    }
  }
}

/** The open pull requests of a repository. */
export function openPulls(repository: Repository): PullIssue[] {
  return repository.issues
    .values()
    .filter(isPull)
    .filter((issue) => issue.state === 'open')
    .toArray();
}

type PullMove = Readonly<{ issue: PullIssue; move: RefMove; sender: Account }>;

async function moveHead(hub: Hub, repository: Repository, change: PullMove): Promise<void> {
  const { issue, move, sender } = change;
  issue.updatedAt = hub.world.now();
  if (move.after === NO_SHA) {
    // Without its branch a pull request can't stay open.
    close(hub, issue, sender);
    await emitPull(hub, { action: 'closed', repository, issue, sender });
    return;
  }
  issue.pull.headSha = move.after;
  issue.pull.baseSha =
    (await currentSha(hub, repository, issue.pull.baseRef)) ?? issue.pull.baseSha;
  await hub.git.run(repository.dir, ['update-ref', `refs/pull/${issue.number}/head`, move.after]);
  await emitPull(hub, {
    action: 'synchronize',
    repository,
    issue,
    sender,
    fields: { before: move.before, after: move.after },
  });
}

async function moveBase(hub: Hub, repository: Repository, change: PullMove): Promise<void> {
  const { issue, move, sender } = change;
  const pair = { ancestor: issue.pull.headSha, commit: move.after };
  if (!(await isAncestor(hub.git, repository.dir, pair))) return;
  issue.pull.mergedAt = hub.world.now();
  issue.pull.mergedById = sender.id;
  issue.pull.mergeCommitSha = move.after;
  close(hub, issue, sender);
  await emitPull(hub, { action: 'closed', repository, issue, sender });
}

function close(hub: Hub, issue: PullIssue, sender: Account): void {
  issue.state = 'closed';
  issue.closedAt = hub.world.now();
  issue.closedById = sender.id;
}

async function currentSha(hub: Hub, repository: Repository, branch: string) {
  return (await readCommit(hub.git, repository.dir, `refs/heads/${branch}`))?.sha;
}

async function emitPush(
  hub: Hub,
  repository: Repository,
  push: Readonly<{ sender: Account; move: RefMove }>,
): Promise<void> {
  const { sender, move } = push;
  const { world, git } = hub;
  const created = move.before === NO_SHA;
  const deleted = move.after === NO_SHA;
  const range = created
    ? [move.after, '--not', `refs/heads/${repository.defaultBranch}`]
    : [`${move.before}..${move.after}`];
  const listed = deleted
    ? []
    : await listCommits(git, repository.dir, ['--max-count=20', '--reverse', ...range]).catch(
        () => [],
      );
  const page = repositoryPage(world, repository);
  const commits = listed.map((commit) => ({
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: time(commit.committer.date),
    url: `${page}/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
    added: [],
    removed: [],
    modified: [],
  }));
  const forced =
    !created &&
    !deleted &&
    !(await isAncestor(git, repository.dir, { ancestor: move.before, commit: move.after }));
  await emit(hub, {
    event: 'push',
    repository,
    sender,
    fields: {
      ref: move.ref,
      before: move.before,
      after: move.after,
      created,
      deleted,
      forced,
      base_ref: null,
      compare: `${page}/compare/${move.before.slice(0, 12)}...${move.after.slice(0, 12)}`,
      commits,
      head_commit: commits.at(-1) ?? null,
      pusher: { name: sender.login, email: noreply(hub.world, sender) },
    },
  });
}

async function requestSuites(
  hub: Hub,
  repository: Repository,
  push: Readonly<{ sender: Account; move: RefMove; branch: string }>,
): Promise<void> {
  const { world } = hub;
  for (const installation of world.installations.values()) {
    const app = appById(world, installation.appId);
    if (!covers(installation, repository) || !includes(app.permissions, 'checks=write')) continue;
    const known = repository.checkSuites
      .values()
      .some((suite) => suite.appId === app.id && suite.headSha === push.move.after);
    if (known) continue;
    const suite = {
      id: world.nextId(),
      appId: app.id,
      headSha: push.move.after,
      headBranch: push.branch,
      before: push.move.before,
      createdAt: world.now(),
      updatedAt: world.now(),
      requeued: false,
    };
    repository.checkSuites.set(suite.id, suite);
    const payload = await checkSuitePayload(hub, repository, suite);
    await emitCheckSuite(hub, {
      action: 'requested',
      repository,
      suite,
      payload,
      sender: push.sender,
    });
  }
}
