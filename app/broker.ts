import type { Logger } from 'pino';
import { aboutJob } from '../core/about.ts';
import { type BrokerAnswer, BrokerRequest, type TokenWant } from '../core/broker-protocol.ts';
import type { CauseCode } from '../core/cause.ts';
import { TransientError, UserError } from '../core/errors.ts';
import type { GithubApp, TokenPermissions } from '../core/github/app-client.ts';
import { answeredStatus } from '../core/github/known-message.ts';
import type { Github } from '../core/github/octokit.ts';
import { mayWrite, requesterPermission } from '../core/github/permission.ts';
import { type ResolvedRepository, resolveRepository } from '../core/github/repository.ts';
import { isActive } from '../core/job-state.ts';
import { type AuditRecord, recordAudit } from '../core/store/audit.ts';
import { getGrant, type Grant, opens } from '../core/store/grant.ts';
import type { RepositoryRef } from '../core/request.ts';
import type { JobStore } from '../core/store/job-store.ts';
import type { LoginPins } from '../core/store/login-pins.ts';
import type { RequestStore } from '../core/store/request-store.ts';
import type { Table } from '../core/store/table.ts';
import { requestOf } from '../core/store/table-schema.ts';
import { assertAllowed } from './assert-allowed.ts';
import { appFailure, type Installations } from './installations.ts';
import { assertScheduled } from './schedules/assert-scheduled.ts';
import { within } from './within.ts';

export type BrokerDeps = Readonly<{
  app: GithubApp;
  /** What asks for permissions and files before a token is made. */
  installations: Installations;
  jobs: JobStore;
  requests: RequestStore;
  /** Whose the logins are that files name. */
  logins: LoginPins;
  table: Table;
  anthropicApiKey: string;
  now: () => number;
  log: Logger;
}>;

/** Answers a worker's request: the HTTP status and the JSON to send. */
export type Broker = (body: unknown) => Promise<{ status: number; answer: BrokerAnswer }>;

const permissions: Readonly<Record<TokenWant, TokenPermissions>> = {
  read: { contents: 'read', metadata: 'read' },
  check: { checks: 'write', metadata: 'read' },
  publish: { contents: 'write', metadata: 'read', pull_requests: 'write', checks: 'write' },
};

/** What an iteration reads beside the code: its pull request, the comments on it, and its checks. */
const iterationReads: TokenPermissions = { pull_requests: 'read', checks: 'read' };
/** The logs of failed jobs. An installation that has not agreed to it goes without. */
const logReads: TokenPermissions = { actions: 'read' };

/** An attempt that holds its job: what it may have, and the fence that its job had when it asked. */
type Held = Readonly<{ grant: Grant; fence: number }>;

/** Mints a token with the fewest permissions for the phase. Throws what Octokit throws. */
async function mintFor({ app }: BrokerDeps, grant: Grant, want: TokenWant) {
  const { installation_id: installationId, repository } = grant;
  const mint = (wanted: TokenPermissions) =>
    app.installationToken({
      installationId,
      repositoryIds: [repository.id],
      permissions: wanted,
    });
  if (want !== 'read' || !grant.iteration) return mint(permissions[want]);
  const reads = { ...permissions.read, ...iterationReads };
  try {
    return await mint({ ...reads, ...logReads });
  } catch (error) {
    if (answeredStatus(error) !== 422) throw error;
    return mint(reads);
  }
}

/**
 * Hands out what a worker needs for one phase of its attempt, and nothing to anyone else. A key is good while its
 * attempt holds the job. Where and for whom comes from the grant and the request, which no worker can write; the job's
 * item, which workers do write, only ever takes something away. Never throws: what goes wrong is an answer.
 */
export function createBroker(deps: BrokerDeps): Broker {
  return async (body) => {
    const request = BrokerRequest.safeParse(body);
    if (!request.success) return { status: 400, answer: refused('The request is malformed.') };
    const { want } = request.data;
    const log = deps.log.child({
      ...aboutJob(request.data.job_id),
      attempt: request.data.attempt,
      want,
    });
    try {
      const held = await authenticated(deps, request.data);
      if (!held) {
        log.warn('Broker refused a key');
        return { status: 403, answer: refused('This key is not good for this attempt.') };
      }
      const answer =
        want === 'model'
          ? await modelKey(deps, held)
          : await mintToken(deps, held, { ...request.data, want });
      log.info({ type: answer.type }, 'Broker answered');
      return { status: 200, answer };
    } catch (error) {
      const failure = appFailure(error);
      log.warn({ err: failure }, 'Broker could not answer');
      return { status: 200, answer: failed(failure) };
    }
  };
}

/** What the job's grant says, if it is bound to the attempt with this key and the attempt is alive. */
async function authenticated(
  { table, jobs, now }: BrokerDeps,
  { job_id, attempt, key, want }: BrokerRequest,
): Promise<Held | undefined> {
  const grant = await getGrant(table, job_id);
  if (!grant || !opens(grant, { attempt, key, now: now() })) return undefined;
  const job = await jobs.get(job_id);
  if (job?.attempt !== attempt || !isActive(job.state)) return undefined;
  if (want === 'publish' && job.state !== 'publishing') return undefined;
  if (want === 'check' && job.state === 'starting') return undefined;
  return { grant, fence: job.fence };
}

async function modelKey(deps: BrokerDeps, held: Held): Promise<BrokerAnswer> {
  await audit(deps, held, { action: 'model_key' });
  return { type: 'model', api_key: deps.anthropicApiKey };
}

/**
 * A token for the job's one repository, if the requester may write to it now, or a schedule still asks for it: what is
 * read is told in the source. Decided before the token is made, so that what takes long leaves none behind.
 */
async function mintToken(
  deps: BrokerDeps,
  held: Held,
  request: BrokerRequest & Readonly<{ want: TokenWant }>,
): Promise<BrokerAnswer> {
  const { want } = request;
  const { owner, name } = await within(checkMs, assertUsable(deps, held.grant, want));
  const { token, expiresAt, permissions: granted } = await mintFor(deps, held.grant, want);
  try {
    await audit(deps, held, { action: 'token', want, permissions: granted });
    await assertHeld(deps, held, request);
    return {
      type: 'token',
      token,
      expires_at: Date.parse(expiresAt),
      owner,
      name,
      permissions: granted,
    };
  } catch (error) {
    await deps.app.revoke(token).catch((failure: unknown) => {
      // It expires by itself within the hour, and nobody holds it.
      deps.log.warn(
        { ...aboutJob(held.grant.job_id), err: failure },
        'A token could not be revoked',
      );
    });
    throw error;
  }
}

/** About half of what the broker's function has on AWS: the token is made and noted in the rest. */
const checkMs = 12_000;

/** The repository under its present name. It is asked for as the App is installed there. Throws what Octokit throws. */
async function assertUsable(
  deps: BrokerDeps,
  grant: Grant,
  want: TokenWant,
): Promise<RepositoryRef> {
  const github = await deps.installations.client(grant.installation_id);
  const resolved = await resolveRepository(github, { id: grant.repository.id });
  if (!resolved)
    throw new UserError('repository_gone', 'The repository is gone, or the App lost its access.');
  assertStillPrivate(grant, resolved);
  if (want !== 'read') assertNotArchived(resolved);
  await assertMayWrite(deps, grant, { github, resolved, want });
  return resolved.repository;
}

/** GitHub may have taken long: what another attempt holds by now gets no token of this one. */
async function assertHeld(deps: BrokerDeps, held: Held, request: BrokerRequest): Promise<void> {
  const now = await authenticated(deps, request);
  if (now?.fence === held.fence) return;
  throw new UserError('internal_error', 'This attempt does not hold the job any more.');
}

/** A private target was named in private: no thread and no answer of it belongs into what is public by now. */
function assertStillPrivate(grant: Grant, { repository }: ResolvedRepository): void {
  if (!grant.repository.private || repository.private) return;
  throw new UserError(
    'repository_public',
    `${repository.owner}/${repository.name} became public, and the request was made in private.`,
    { next: 'Write the prompt again in a public place.' },
  );
}

function assertNotArchived({ archived, repository }: ResolvedRepository): void {
  if (!archived) return;
  throw new UserError(
    'repository_archived',
    `${repository.owner}/${repository.name} is archived and takes no changes.`,
    { next: 'Unarchive it; then write the prompt again in a new comment.' },
  );
}

type Target = Readonly<{ github: Github; resolved: ResolvedRepository; want: TokenWant }>;

async function assertMayWrite(
  deps: BrokerDeps,
  { job_id, installation_id }: Grant,
  { github, resolved: { repository }, want }: Target,
): Promise<void> {
  const request = await deps.requests.get(requestOf(job_id));
  if (!request) throw new Error('A job has no request');
  const { source, requester: user } = request;
  if (source.type === 'schedule')
    return assertScheduled(deps, { source, repository, installation_id, want });
  const permission = await requesterPermission(github, { repository, user });
  if (mayWrite(permission))
    return assertAllowed(deps, { user, permission, repository, installation_id, want });
  throw new UserError(
    'permission_lost',
    `${user.login} does not have write permission in ${repository.owner}/${repository.name} any more.`,
    { next: 'Ask someone with write permission to write the prompt again.' },
  );
}

async function audit(deps: BrokerDeps, { grant, fence }: Held, record: AuditRecord) {
  const evidence = {
    job_id: grant.job_id,
    attempt: grant.attempt,
    fence,
    installation_id: grant.installation_id,
    repository_id: grant.repository.id,
    requester_id: grant.requester_id,
  };
  await recordAudit(deps.table, { ...record, ...evidence }, deps.now());
}

function failed(failure: Error): BrokerAnswer {
  const told = failure instanceof UserError || failure instanceof TransientError;
  const code: CauseCode = told ? failure.code : 'internal_error';
  const next = failure instanceof UserError ? failure.next : undefined;
  const wait = failure instanceof TransientError ? failure.retryAfterMs : undefined;
  return {
    type: 'refused',
    code,
    sentence: told ? failure.message : 'Something went wrong inside of this server.',
    ...(next === undefined ? {} : { next }),
    transient: !(failure instanceof UserError),
    ...(wait === undefined ? {} : { retry_after_ms: wait }),
  };
}

function refused(sentence: string): BrokerAnswer {
  return { type: 'refused', code: 'internal_error', sentence, transient: false };
}
