import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { createGithubApp } from '../../core/github/app-client.ts';
import { answeredStatus } from '../../core/github/known-message.ts';
import { createGithub, type Github } from '../../core/github/octokit.ts';
import type { NewMachineToken } from '../../core/store/machine-tokens.ts';

/** Finds the numeric ids of a login and of repositories, as GitHub has them now. Throws UserError for what is not there. */
export type LookUp = (
  names: Readonly<{
    user: string;
    repositories: readonly Readonly<{ owner: string; name: string }>[];
  }>,
) => Promise<Pick<NewMachineToken, 'user' | 'repositories'>>;

type Options = Readonly<{ appId: number; privateKey: string; apiUrl: string }>;

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

const Account = z.object({ id: z.number().int(), login: z.string(), type: z.string() });
const Repository = z.object({
  id: z.number().int(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
});

/** Looks through the App: only repositories that it is installed on can be named. */
export function createLookUp({ appId, privateKey, apiUrl }: Options): LookUp {
  const options = { baseUrl: apiUrl, log };
  const app = createGithubApp({ ...options, appId, privateKey });
  return async ({ user, repositories }) => {
    const found = [];
    let client: Github | undefined;
    for (const named of repositories) {
      const installation = await app.installationOf(named);
      if (!installation || installation.suspended) throw notInstalled(named);
      const { token } = await app.installationToken({
        installationId: installation.installationId,
        permissions: { metadata: 'read' },
      });
      client = createGithub({ ...options, token });
      const { data } = await client.rest.repos.get({ owner: named.owner, repo: named.name });
      const { id, name, owner } = Repository.parse(data);
      found.push({ id, owner: owner.login, name });
    }
    if (!client) throw new Error('No repository is named');
    return { user: await person(client, user), repositories: found };
  };
}

async function person(github: Github, username: string) {
  try {
    const { id, login, type } = Account.parse(
      (await github.rest.users.getByUsername({ username })).data,
    );
    if (type !== 'User') throw noPerson(username);
    return { id, login };
  } catch (error) {
    if (answeredStatus(error) === 404) throw noPerson(username);
    throw error;
  }
}

function noPerson(login: string): UserError {
  return new UserError('permission_lost', `GitHub has no person with the login ${login}.`);
}

function notInstalled({ owner, name }: Readonly<{ owner: string; name: string }>): UserError {
  return new UserError('repository_gone', `The App is not installed on ${owner}/${name}.`);
}
