import { createGithub, type Github } from '../../../core/github/octokit.ts';
import { keys } from '../../../core/store/table-schema.ts';
import type { RunningApp } from '../../app/support/running-app.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

type Arranged = Readonly<{
  /** Repository of acme. */
  in: string;
  config?: string | undefined;
  pinned: Readonly<Record<string, number>>;
}>;

/**
 * Writes who may use a repository into its file, and lets logins be those of other accounts from before. Returns what
 * undoes it.
 */
export async function arrange(running: RunningApp, one: Arranged): Promise<() => Promise<void>> {
  const pins = Object.entries(one.pinned);
  for (const [login, account_id] of pins) {
    const item = { ...keys.login(login), type: 'login', account_id };
    await running.table.transact([{ type: 'put', item }]);
  }
  const before = one.config === undefined ? '' : await readConfig(running, one.in);
  if (one.config !== undefined) await writeConfig(running, one.in, one.config);
  return async () => {
    for (const [login] of pins)
      await running.table.transact([{ type: 'delete', key: keys.login(login) }]);
    if (one.config !== undefined) await writeConfig(running, one.in, before);
  };
}

async function readConfig({ github }: RunningApp, repo: string): Promise<string> {
  const { repos } = asWriter(github).rest;
  const mediaType = { format: 'raw' };
  try {
    const at = { owner: 'acme', repo, path: '.github/cody.yml', mediaType };
    const { data }: { data: unknown } = await repos.getContent(at);
    return typeof data === 'string' ? data : '';
  } catch {
    // There was none.
    return '';
  }
}

/** Somebody who may write to the default branch. */
function asWriter(github: RunningApp['github']): Github {
  return createGithub({ baseUrl: github.url, token: github.userToken('writer'), log, pacing: 0 });
}

async function writeConfig({ github }: RunningApp, repo: string, content: string): Promise<void> {
  const { git } = asWriter(github).rest;
  const at = { owner: 'acme', repo };
  const parent = (await git.getRef({ ...at, ref: 'heads/main' })).data.object.sha;
  const tree = [{ path: '.github/cody.yml', mode: '100644', type: 'blob', content } as const];
  const made = (await git.createTree({ ...at, base_tree: parent, tree })).data.sha;
  const commit = { message: 'Say who may use this', tree: made, parents: [parent] };
  const { sha } = (await git.createCommit({ ...at, ...commit })).data;
  await git.updateRef({ ...at, ref: 'heads/main', sha });
}
