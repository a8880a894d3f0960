import { z } from 'zod';
import type { Github } from '../core/github/octokit.ts';

/** The account id of the App's bot: what it writes bears that as its author. Asked for once. */
export type BotIdentity = () => Promise<number>;

const App = z.object({ slug: z.string() });
const User = z.object({ id: z.number().int() });

/** Returns the identity of the App that the client is signed in as. It throws what Octokit throws. */
export function createBotIdentity(github: Github): BotIdentity {
  let known: Promise<number> | undefined;
  return () => {
    known ??= ask(github);
    // What failed is asked for again.
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
}

/** The bot of an App has its slug as its name (GitHub, "About apps"). Anybody may read who that is. */
async function ask(github: Github): Promise<number> {
  const { slug } = App.parse((await github.rest.apps.getAuthenticated()).data);
  const username = `${slug}[bot]`;
  return User.parse((await github.rest.users.getByUsername({ username })).data).id;
}
