import { TransientError } from '../../core/errors.ts';
import { answeredStatus } from '../../core/github/known-message.ts';
import { createGithub } from '../../core/github/octokit.ts';
import { CreatedApp } from './app-file.ts';

/** What became of a code. After `unreachable` the code may still be good. */
export type Conversion =
  Readonly<{ type: 'created'; app: CreatedApp }> | Readonly<{ type: ConversionProblem }>;

export type ConversionProblem = 'refused' | 'unreachable' | 'malformed';

const silent = () => undefined;

/**
 * Exchanges the code that GitHub handed to the browser for the App's credentials. Never throws, never logs: the
 * answer holds the App's private key.
 * Source: GitHub REST, "Create a GitHub App from a manifest".
 */
export async function convertCode(
  facts: Readonly<{ apiUrl: string; code: string }>,
): Promise<Conversion> {
  const github = createGithub({
    baseUrl: facts.apiUrl,
    pacing: 0,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  try {
    const { data } = await github.rest.apps.createFromManifest({ code: facts.code });
    const app = CreatedApp.safeParse(data);
    return app.success ? { type: 'created', app: app.data } : { type: 'malformed' };
  } catch (error) {
    return { type: problemOf(error) };
  }
}

function problemOf(error: unknown): ConversionProblem {
  if (error instanceof TransientError) return 'malformed';
  return [404, 410, 422].includes(answeredStatus(error) ?? 0) ? 'refused' : 'unreachable';
}
