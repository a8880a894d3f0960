import { runProcess } from '../../../core/process.ts';
import { canRead, holds, reaches } from './access.ts';
import { type Faults, prevents } from './faults.ts';
import { listRefs, NO_SHA } from './git-refs.ts';
import { GithubError } from './github-error.ts';
import type { Hub } from './hub.ts';
import type { Ledger, WireAnswer, WireRequest } from './pipeline.ts';
import { credentialOf, identify, type Principal, requireActor } from './principal.ts';
import { afterRefsMoved, type RefMove } from './ref-updates.ts';
import { atLeast, type Repository, repositoryByName, roleIn } from './world.ts';

const GIT_PATH =
  /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.+)$/;

/** Whether the path belongs to git's smart protocol: `/{owner}/{name}.git/…`. */
export function isGitPath(pathname: string): boolean {
  return GIT_PATH.test(pathname) && !pathname.startsWith('/repos/');
}

type Parts = Readonly<{ hub: Hub; faults: Faults; record: Ledger }>;

/** Answers git over HTTP through `git http-backend`, with GitHub's rules about who may fetch and push. */
export async function handleGit(parts: Parts, request: WireRequest): Promise<WireAnswer> {
  const path = request.url.pathname;
  const fault = parts.faults.take({ method: request.method, path, template: undefined });
  const effect = fault && prevents(fault) ? bad(502) : await identifyAndServe(parts, request);
  if (fault?.destroy) return { type: 'destroy' };
  return fault?.status === undefined ? effect : bad(fault.status, fault.headers);
}

function bad(status: number, headers: Readonly<Record<string, string>> = {}): WireAnswer {
  return { type: 'answer', status, headers: { ...headers }, body: Buffer.alloc(0) };
}

async function identifyAndServe(parts: Parts, request: WireRequest): Promise<WireAnswer> {
  const { hub, record } = parts;
  let principal: Principal = { type: 'anonymous' };
  let answer: WireAnswer;
  try {
    principal = caller(hub, request.headers);
    answer = await serve(hub, request, principal);
  } catch (error) {
    answer = refusal(hub, error);
  }
  record(request, principal, answer);
  return answer;
}

function refusal(hub: Hub, error: unknown): WireAnswer {
  if (!(error instanceof GithubError)) {
    hub.violate(
      `defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return bad(500);
  }
  const headers: Record<string, string> = { 'content-type': 'text/plain; charset=UTF-8' };
  if (error.status === 401) headers['www-authenticate'] = 'Basic realm="GitHub"';
  return {
    type: 'answer',
    status: error.status,
    headers,
    body: Buffer.from(`${error.message}\n`),
  };
}

async function serve(hub: Hub, request: WireRequest, principal: Principal): Promise<WireAnswer> {
  const [, owner = '', name = '', rest = ''] = GIT_PATH.exec(request.url.pathname) ?? [];
  const repository = repositoryByName(
    hub.world,
    decodeURIComponent(owner),
    decodeURIComponent(name),
  );
  const pushes =
    rest === 'git-receive-pack' || request.url.searchParams.get('service') === 'git-receive-pack';
  if (!repository || !mayFetch(hub, principal, repository)) {
    // Without a credential git must be asked for one; with one, the repository is not there.
    throw principal.type === 'anonymous'
      ? new GithubError(401, 'Authentication required')
      : new GithubError(404, 'Repository not found.');
  }
  if (pushes) requirePush(hub, principal, repository);
  const run = () => backend(hub, request, { repository, principal, rest });
  if (rest !== 'git-receive-pack') return run();
  return hub.lock(repository.id, async () => {
    const before = await snapshot(hub, repository);
    const answer = await run();
    const moves = difference(before, await snapshot(hub, repository));
    const sender = requireActor(hub.world, principal);
    await afterRefsMoved(hub, repository, { sender, moves });
    return answer;
  });
}

function caller(hub: Hub, headers: Headers): Principal {
  const principal = identify(
    hub.world,
    hub.tokens,
    credentialOf(headers.get('authorization') ?? undefined),
  );
  if (principal.type === 'app') throw new GithubError(401, 'Invalid username or token.');
  return principal;
}

function mayFetch(hub: Hub, principal: Principal, repository: Repository): boolean {
  if (!canRead(hub.world, principal, repository)) return false;
  if (principal.type !== 'installation' || !repository.private) return true;
  return holds(principal, 'contents=read');
}

function requirePush(hub: Hub, principal: Principal, repository: Repository): void {
  if (principal.type === 'anonymous') throw new GithubError(401, 'Authentication required');
  const allowed =
    principal.type === 'installation'
      ? reaches(principal, repository) && holds(principal, 'contents=write')
      : principal.type === 'user' &&
        atLeast(roleIn(hub.world, repository, principal.account), 'write');
  const login = requireActor(hub.world, principal).login;
  if (!allowed) throw new GithubError(403, `Permission to repository denied to ${login}.`);
  if (repository.archived) {
    throw new GithubError(403, 'This repository was archived so it is read-only.');
  }
}

async function backend(
  hub: Hub,
  request: WireRequest,
  target: Readonly<{ repository: Repository; principal: Principal; rest: string }>,
): Promise<WireAnswer> {
  const { repository, principal, rest } = target;
  const withoutWorkflows =
    principal.type === 'installation' && !holds(principal, 'workflows=write');
  const { headers } = request;
  const result = await runProcess(
    {
      command: 'git',
      args: ['http-backend'],
      env: {
        ...hub.git.env,
        GIT_PROJECT_ROOT: repository.dir,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: `/${rest}`,
        QUERY_STRING: request.url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: headers.get('content-type') ?? '',
        CONTENT_LENGTH: String(request.body.length),
        HTTP_CONTENT_ENCODING: headers.get('content-encoding') ?? '',
        GIT_PROTOCOL: headers.get('git-protocol') ?? '',
        REMOTE_USER: 'authenticated',
        REMOTE_ADDR: '127.0.0.1',
        STANDIN_PROTECTED: [...repository.protectedBranches]
          .map((branch) => `refs/heads/${branch}`)
          .join(' '),
        STANDIN_APP_WITHOUT_WORKFLOWS: withoutWorkflows ? '1' : '',
      },
    },
    { input: request.body, maxOutputBytes: 2 ** 31 - 1 },
  );
  return parseCgi(result.stdout);
}

function parseCgi(output: Buffer): WireAnswer {
  const end = output.indexOf('\r\n\r\n');
  if (end < 0) return { type: 'answer', status: 500, headers: {}, body: Buffer.alloc(0) };
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of output.subarray(0, end).toString('utf8').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { type: 'answer', status, headers, body: output.subarray(end + 4) };
}

async function snapshot(hub: Hub, repository: Repository): Promise<Map<string, string>> {
  const refs = await listRefs(hub.git, repository.dir, 'refs');
  return new Map(refs.map((ref) => [ref.ref, ref.sha]));
}

function difference(before: Map<string, string>, after: Map<string, string>): RefMove[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((ref) => ({ ref, before: before.get(ref) ?? NO_SHA, after: after.get(ref) ?? NO_SHA }))
    .filter((move) => move.before !== move.after);
}
