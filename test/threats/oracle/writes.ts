import type { LedgerEntry } from '../../../local/standin/github/pipeline.ts';

/** Where jobs may work, by the ids of repositories, and what people wrote themselves. */
type Authorised = Readonly<{
  owner: string;
  /** Id to name. */
  repositories: ReadonlyMap<number, string>;
  /** How many comments people have written. */
  comments: number;
}>;

/**
 * Returns every call that somebody made who may not, or that is of a kind that nothing of ours makes. All entries of
 * the ledger are judged: what no rule knows is told, whoever made it and wherever.
 */
export function judgeWrites(
  ledger: readonly LedgerEntry[],
  authorised: Authorised,
): readonly string[] {
  const left = { comments: authorised.comments };
  return ledger.flatMap((entry) => {
    const why = judge(entry, authorised, left);
    return why === undefined ? [] : [`${why}: ${entry.method} ${entry.path}`];
  });
}

function judge(
  entry: LedgerEntry,
  authorised: Authorised,
  left: { comments: number },
): string | undefined {
  const { method, principal } = entry;
  const reads = method === 'GET' || method === 'HEAD';
  switch (principal.type) {
    case 'anonymous':
      return reads ? undefined : 'nobody writes';
    case 'user':
      if (reads) return undefined;
      left.comments -= 1;
      return left.comments >= 0 && isCommand(entry) ? undefined : 'a person did not do that';
    case 'app':
      return reads ? undefined : judgeMint(entry, authorised);
    case 'installation':
      return principal.repositories
        ? judgeWorker(entry, principal.repositories, authorised)
        : judgeApp(entry, authorised);
  }
}

function isCommand({ path, body }: LedgerEntry): boolean {
  return /\/issues\/\d+\/comments$/.test(path) && textOf(body, 'body').startsWith('/cody ');
}

/** What no token may do, whoever holds it. */
const never = /administration|workflows|secrets|members|organization|deployments|environments/;

function judgeMint({ method, path, body }: LedgerEntry, { repositories }: Authorised) {
  if (method !== 'POST' || !/^\/app\/installations\/\d+\/access_tokens$/.test(path))
    return 'the App does not do that';
  const { repository_ids: ids = [], permissions = {} } = (body ?? {}) as Readonly<{
    repository_ids?: readonly number[];
    permissions?: Readonly<Record<string, string>>;
  }>;
  if (ids.some((id) => !repositories.has(id)) || ids.length > 1)
    return 'a token for another repository';
  const wide = Object.entries(permissions).find(
    ([name, level]) => never.test(name) && level === 'write',
  );
  return wide ? `a token with ${wide[0]}` : undefined;
}

/** What the App itself writes: its words where somebody asked, and checks. */
const ownWrites = [
  /^POST issues\/\d+\/comments$/,
  /^PATCH issues\/comments\/\d+$/,
  /^POST issues\/comments\/\d+\/reactions$/,
  /^DELETE issues\/comments\/\d+\/reactions\/\d+$/,
  /^POST check-runs$/,
  /^PATCH check-runs\/\d+$/,
  /^PATCH pulls\/\d+$/,
];

function judgeApp(entry: LedgerEntry, authorised: Authorised): string | undefined {
  const { method, path } = entry;
  if (method === 'GET' || method === 'HEAD' || path === '/installation/token') return undefined;
  const place = placeOf(path, authorised);
  if (!place) return 'the App writes elsewhere';
  return ownWrites.some((known) => known.test(`${method} ${place.rest}`))
    ? undefined
    : 'the App does not write that';
}

/** What a worker does in its one repository: reads, objects, its own branch, its pull request and its check. */
const workerWrites = [
  /^POST git\/(?:blobs|trees|commits)$/,
  /^POST git\/refs$/,
  /^PATCH git\/refs\/heads\/cody\/[\w./-]+$/,
  /^POST pulls$/,
  /^PATCH pulls\/\d+$/,
  /^POST pulls\/\d+\/requested_reviewers$/,
  /^POST issues\/\d+\/labels$/,
  /^POST check-runs$/,
  /^PATCH check-runs\/\d+$/,
];

function judgeWorker(
  { method, path, body }: LedgerEntry,
  ids: readonly number[],
  authorised: Authorised,
): string | undefined {
  if (method === 'DELETE' && path === '/installation/token') return undefined;
  const names = ids.map((id) => authorised.repositories.get(id));
  if (ids.length !== 1) return 'a worker holds a token for more than its repository';
  const byId = /^\/repositories\/(\d+)/.exec(path)?.[1];
  if (byId !== undefined) return ids.includes(Number(byId)) ? undefined : 'of another repository';
  if (/\.git\/(?:info\/refs|git-upload-pack)$/.test(path))
    return names.some((name) => path.startsWith(`/${authorised.owner}/${name}.git/`))
      ? undefined
      : 'git of another repository';
  const place = placeOf(path, authorised);
  if (place && !names.includes(place.name)) return 'a worker is in another repository';
  if (method === 'GET' || method === 'HEAD') return undefined;
  const line = `${method} ${place?.rest ?? path}`;
  if (!place || !workerWrites.some((known) => known.test(line)))
    return 'a worker does not write that';
  if (line === 'POST git/refs' && !textOf(body, 'ref').startsWith('refs/heads/cody/'))
    return 'a branch that is not ours';
  return line === 'POST pulls' && !textOf(body, 'head').startsWith('cody/')
    ? 'a pull request of another branch'
    : undefined;
}

function placeOf(
  path: string,
  { owner, repositories }: Authorised,
): Readonly<{ name: string; rest: string }> | undefined {
  const [, root, who, name = '', ...rest] = path.split('/');
  if (root !== 'repos' || who !== owner) return undefined;
  const known = [...repositories.values()].includes(name);
  return known ? { name, rest: rest.join('/') } : undefined;
}

function textOf(body: unknown, field: string): string {
  const value = (body as Readonly<Record<string, unknown>> | null | undefined)?.[field];
  return typeof value === 'string' ? value : '';
}
