import { z } from 'zod';
import type { Github } from '../core/github/octokit.ts';

/** The login of the App's bot: what it writes bears that as its author. Asked for once. */
export type BotIdentity = () => Promise<string>;

const App = z.object({ slug: z.string() });

/** Returns the identity of the App that the client is signed in as. It throws what Octokit throws. */
export function createBotIdentity(github: Github): BotIdentity {
  let known: Promise<string> | undefined;
  return () => {
    known ??= ask(github);
    // What failed is asked for again.
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
}

/**
 * The bot of an App has its slug as its name, and nobody else's login may hold brackets. Its id is not asked for: who is
 * signed in as the App reads nothing of accounts.
 */
async function ask(github: Github): Promise<string> {
  const { slug } = App.parse((await github.rest.apps.getAuthenticated()).data);
  return `${slug}[bot]`;
}
