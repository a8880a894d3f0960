import { readRepository } from '../../core/command/options.ts';
import { UserError } from '../../core/errors.ts';
import { answeredStatus } from '../../core/github/known-message.ts';
import type { Github } from '../../core/github/octokit.ts';
import {
  type PermissionLevel,
  mayWrite,
  requesterPermission,
} from '../../core/github/permission.ts';
import { pullRequestState } from '../../core/github/pull-request.ts';
import {
  branchSha,
  type ResolvedRepository,
  resolveRepository,
} from '../../core/github/repository.ts';
import type { Actor, RepositoryRef } from '../../core/request.ts';
import { appFailure } from '../installations.ts';
import { askerOf, organizationFile, settingsOf } from '../settings.ts';
import type { AcceptDeps } from './accept-deps.ts';
import {
  type PromptCommand,
  type PromptFacts,
  type PullRequestFacts,
  type TargetFacts,
  workBranch,
} from './decide.ts';
import type { SettingsFacts } from './decide-settings.ts';
import type { Order } from './order.ts';
import type { Mute } from './problem.ts';

export type FactsDeps = Pick<
  AcceptDeps,
  'installations' | 'logins' | 'requests' | 'policy' | 'log'
>;

/**
 * Asks GitHub, now, what the decision about a prompt stands on. Targets are looked at only for those who may write in
 * the source. Throws `appFailure` of whatever GitHub answered.
 */
export async function gatherFacts(
  deps: FactsDeps,
  order: Order,
  command: PromptCommand,
): Promise<PromptFacts> {
  const { source, requester } = order;
  const { repository } = source;
  try {
    const github = await deps.installations.client(source.installation_id);
    const permission = await permissionOf(github, { repository, user: requester });
    const mute = mayWrite(permission) ? await whyMute(deps, order) : undefined;
    const facts = { command, source: { repository, permission, mute }, policy: deps.policy };
    if (mute || !mayWrite(permission)) return { ...facts, targets: [] };
    const here = { owner: repository.owner, name: repository.name };
    if (source.pull_request !== undefined) {
      const which = { repository, number: source.pull_request };
      const pull_request = await pullRequestFacts(deps, github, which);
      const { head } = pull_request;
      const base = workBranch(pull_request, repository.id);
      const target = await targetFacts(deps, { ...here, base, head, requester });
      return { ...facts, pull_request, targets: [target] };
    }
    const set = await setFacts(deps, order, command);
    if (set?.type === 'unknown') return { ...facts, targets: [], other_sets: set.sets };
    const named = set ? set.repositories : command.repositories;
    const wanted = named.length > 0 ? named : [here];
    const targets = await Promise.all(
      wanted.map((one) => targetFacts(deps, { ...one, base: command.base, requester })),
    );
    return { ...facts, targets };
  } catch (error) {
    throw appFailure(error);
  }
}

/**
 * Tells why the App may not comment on an issue: whatever comes of a request, nobody would hear of it. Undefined where it
 * may, and on a pull request, where commits and check runs speak as well. Whether a locked issue takes the App's comments
 * is asked when nothing else stands in the way (`lockedOut`). Throws what Octokit throws.
 */
export async function whyMute(
  deps: Pick<FactsDeps, 'installations'>,
  order: Order,
): Promise<Mute | undefined> {
  const { installation_id, issue_number, pull_request } = order.source;
  if (issue_number === undefined || pull_request !== undefined) return undefined;
  if ((await deps.installations.missing(installation_id)).includes('issues'))
    return 'may_not_comment';
  return undefined;
}

type SetFacts =
  | Readonly<{ type: 'known'; repositories: PromptCommand['repositories'] }>
  | Readonly<{ type: 'unknown'; sets: readonly string[] }>;

/** The repositories of a set; undefined when the command names none. */
async function setFacts(
  deps: FactsDeps,
  { source }: Order,
  { set: name }: PromptCommand,
): Promise<SetFacts | undefined> {
  if (name === undefined) return undefined;
  const file = await organizationFile(deps, source.repository);
  const sets = file?.config.sets ?? [];
  const set = sets.find((one) => one.name === name);
  if (!set) return { type: 'unknown', sets: file?.untold ? [] : sets.map((one) => one.name) };
  return {
    type: 'known',
    repositories: set.repositories.flatMap((one) => readRepository(one) ?? []),
  };
}

async function pullRequestFacts(
  deps: FactsDeps,
  github: Github,
  { repository, number }: Readonly<{ repository: RepositoryRef; number: number }>,
): Promise<PullRequestFacts> {
  const state = await pullRequestState(github, { repository, number });
  if (!state) throw new UserError('repository_gone', `Pull request #${number} is gone.`);
  const links = await deps.requests.linksOf({ repository_id: repository.id, number });
  const { open, merged, head } = state;
  return { number, open, merged, head, base: state.base.branch, own: links.length > 0 };
}

type Wanted = Readonly<{
  owner: string;
  name: string;
  branch?: string | undefined;
  base: string | undefined;
  /** The head of the pull request that the prompt stands on: it need not be a branch of this repository. */
  head?: PullRequestFacts['head'];
  /** Undefined where the file on the default branch asks for it: what that may start is for the caller to see to. */
  requester: Actor | undefined;
}>;

/** What GitHub says about one target now. Throws what Octokit throws when GitHub is out. */
export async function targetFacts(deps: FactsDeps, wanted: Wanted): Promise<TargetFacts> {
  const named = `${wanted.owner}/${wanted.name}`;
  const base_branch = wanted.branch ?? wanted.base;
  try {
    return { named, base_branch, found: await findTarget(deps, wanted) };
  } catch (error) {
    // What GitHub refuses to show looks like a repository that does not exist; only outages are tried again.
    if (appFailure(error) instanceof UserError) return { named, base_branch, found: undefined };
    throw error;
  }
}

async function findTarget(deps: FactsDeps, wanted: Wanted): Promise<TargetFacts['found']> {
  const installation = await deps.installations.of(wanted);
  if (!installation || installation.suspended) return undefined;
  const { accounts } = deps.policy;
  if (accounts && !accounts.includes(installation.accountId ?? -1)) return undefined;
  const github = await deps.installations.client(installation.installationId);
  const resolved = await resolveRepository(github, { owner: wanted.owner, name: wanted.name });
  if (!resolved) return undefined;
  const { repository } = resolved;
  const { requester: user } = wanted;
  const permission = user ? await permissionOf(github, { repository, user }) : 'write';
  const settings = await settingsFacts(deps, { ...installation, resolved, ...wanted });
  const branch = wanted.branch ?? wanted.base ?? resolved.default_branch;
  const sha =
    wanted.head?.sha ??
    (branch === resolved.default_branch
      ? resolved.default_sha
      : await branchSha(github, { repository, branch }));
  return {
    installation_id: installation.installationId,
    resolved,
    permission,
    base: { branch, sha },
    settings,
  };
}

type Asked = Readonly<{
  installationId: number;
  resolved: ResolvedRepository;
  requester: Actor | undefined;
}>;

/** Read at the default branch: what another branch says counts for nothing. */
async function settingsFacts(
  deps: FactsDeps,
  { installationId: installation_id, resolved, requester }: Asked,
): Promise<SettingsFacts> {
  const { repository, default_sha: sha } = resolved;
  const files = await settingsOf(deps, { installation_id, repository, sha });
  if (!requester) return { files, asker: undefined };
  const { owner } = repository;
  return { files, asker: await askerOf(deps, files, { installation_id, owner, requester }) };
}

/** What the account may do; no answer about it means no permission. Throws what Octokit throws otherwise. */
export async function permissionOf(
  github: Github,
  asked: Readonly<{ repository: RepositoryRef; user: Actor }>,
): Promise<PermissionLevel> {
  try {
    return await requesterPermission(github, asked);
  } catch (error) {
    if (error instanceof UserError || answeredStatus(error) === 404) return 'none';
    throw error;
  }
}
