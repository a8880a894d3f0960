import { setTimeout as sleep } from 'node:timers/promises';
import { Comment, PullRequest, Reaction } from './github-objects.ts';
import type { Person } from './person.ts';
import type { Target } from './repository-view.ts';

/** The comment that asks. */
export type Asked = Readonly<{
  owner: string;
  name: string;
  issue: number;
  commentId: number;
  targets: readonly Target[];
  /** Login of the App's account. */
  bot: string;
}>;

/** How the request ended, as the person sees it on the issue. */
export type Ending = Readonly<
  | { type: 'closed'; requestId: string; comments: readonly Comment[] }
  | { type: 'replied'; comments: readonly Comment[] }
>;

type FollowOptions = Readonly<{
  step: (text: string) => void;
  timeoutMs: number;
  pollMs: number;
  signal: AbortSignal;
}>;

/**
 * Follows a request over REST and tells each change once. Resolves when the closing comment is there, or another
 * reply in place of a status comment. Throws Error after `timeoutMs`, and the signal's reason when it is aborted.
 */
export async function follow(
  person: Person,
  asked: Asked,
  options: FollowOptions,
): Promise<Ending> {
  const until = Date.now() + options.timeoutMs;
  const told = new Set<string>();
  const tell = (text: string) => {
    if (!told.has(text)) options.step(text);
    told.add(text);
  };
  while (Date.now() < until) {
    const comments = await look(person, asked, tell);
    const closing = comments.find((comment) => markerOf(comment, 'closing') !== undefined);
    const requestId = closing && markerOf(closing, 'closing');
    if (requestId !== undefined) return { type: 'closed', requestId, comments };
    const status = comments.some((comment) => markerOf(comment, 'status') !== undefined);
    if (comments.length > 0 && !status) return { type: 'replied', comments };
    await sleep(options.pollMs, undefined, { signal: options.signal });
  }
  throw new Error(`The request did not end within ${Math.round(options.timeoutMs / 1000)} s`);
}

async function look(
  person: Person,
  asked: Asked,
  tell: (text: string) => void,
): Promise<readonly Comment[]> {
  const root = `repos/${asked.owner}/${asked.name}`;
  const reactions = await person.list(
    `${root}/issues/comments/${asked.commentId}/reactions`,
    Reaction,
  );
  if (reactions.some(({ content, user }) => content === 'eyes' && user.login === asked.bot)) {
    tell('👀 on the comment');
  }
  const all = await person.list(`${root}/issues/${asked.issue}/comments`, Comment);
  const comments = all.filter(({ id, user }) => user.login === asked.bot && id > asked.commentId);
  for (const comment of comments) {
    if (markerOf(comment, 'status') === undefined) continue;
    tell(`status comment ${comment.html_url}`);
    for (const [target, state] of rowsOf(comment)) tell(`${target}: ${state}`);
  }
  await Promise.all(asked.targets.map((target) => tellPulls(person, { target, asked, tell })));
  if (comments.some((comment) => markerOf(comment, 'closing') !== undefined)) {
    tell('closing comment');
  }
  return comments;
}

async function tellPulls(
  person: Person,
  { target, asked, tell }: { target: Target; asked: Asked; tell: (text: string) => void },
): Promise<void> {
  const path = `repos/${target.owner}/${target.name}/pulls?state=all`;
  for (const pull of await person.list(path, PullRequest)) {
    if (pull.user.login !== asked.bot) continue;
    tell(`${target.owner}/${target.name}#${pull.number} opened: ${pull.title}`);
  }
}

/** The request id in a comment's hidden line, if it is of that kind. */
export function markerOf(comment: Comment, kind: 'status' | 'closing'): string | undefined {
  return new RegExp(`<!-- cody-batch:${kind}:([a-z0-9-]+) -->`, 'i').exec(comment.body)?.[1];
}

/** Target and state of each row of a status comment; how long the state has lasted is left out. */
function rowsOf(comment: Comment): readonly (readonly [string, string])[] {
  const rows = comment.body.matchAll(/^\| `([^`]+)` \| ([^|,]+)/gm);
  return [...rows].map(([, target = '', state = '']) => [target, state.trim()]);
}
