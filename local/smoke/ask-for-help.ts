import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Comment } from '../demo/github-objects.ts';
import { createPerson, type Person } from '../demo/person.ts';
import type { SmokeConfig } from './config.ts';

/** The issue in which smoke tests talk. It is opened once and used again. */
const title = 'Smoke tests of Cody';

const Issue = z.object({ number: z.number(), title: z.string() });

/** The part of the help that says what a command looks like. */
const helped = '`/cody <prompt>`';

const pollMs = 1_000;

/**
 * Writes `/cody help` in the test repository and waits for the App's answer: GitHub's webhook, the queue, the App's key
 * and its rights. Returns how long it took; throws Error when nothing comes in time, or something else.
 */
export async function askForHelp(
  { githubApiUrl, timeoutMs }: Pick<SmokeConfig, 'githubApiUrl' | 'timeoutMs'>,
  { repository, token }: NonNullable<SmokeConfig['trip']>,
): Promise<string> {
  const person = createPerson({ apiUrl: githubApiUrl, token });
  const root = `repos/${repository}`;
  const { number } = await standingIssue(person, root);
  const path = `${root}/issues/${number}/comments`;
  const asked = await person.post(path, { body: '/cody help' }, Comment);
  const start = Date.now();
  while (Date.now() - start < timeoutMs) {
    const answer = await answerTo(person, path, asked);
    if (answer?.body.includes(helped)) {
      const seconds = ((Date.now() - start) / 1000).toFixed(1);
      return `${answer.user.login} answered after ${seconds} s: ${answer.html_url}`;
    }
    if (answer) throw new Error(`The answer is no help: ${answer.html_url}`);
    await sleep(Math.min(pollMs, timeoutMs / 10));
  }
  throw new Error(`No answer within ${Math.round(timeoutMs / 1000)} s to ${asked.html_url}`);
}

async function standingIssue(person: Person, root: string): Promise<z.infer<typeof Issue>> {
  const open = await person.list(`${root}/issues?state=open`, Issue);
  const known = open.find((issue) => issue.title === title);
  return known ?? person.post(`${root}/issues`, { title, body: 'Smoke tests talk here.' }, Issue);
}

/** Pages are long and the issue grows: only what was written since is asked for. */
async function answerTo(
  person: Person,
  path: string,
  asked: Comment,
): Promise<Comment | undefined> {
  const since = encodeURIComponent(asked.created_at);
  const comments = await person.list(`${path}?since=${since}`, Comment);
  return comments.find(({ id, user }) => id > asked.id && user.type === 'Bot');
}
