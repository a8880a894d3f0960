import { z } from 'zod';
import type { BotIdentity } from './bot-identity.ts';
import type { CommentPlace } from './comment-place.ts';

/** A comment of ours: its hidden marker, and the time (Unix ms) before which it cannot have been written. */
export type OwnComment = Readonly<{
  marker: string;
  since: number;
  appId: number;
  bot: BotIdentity;
}>;

const Comment = z.object({
  id: z.number().int(),
  body: z.string().nullish(),
  user: z.object({ login: z.string(), type: z.string() }).nullish(),
  performed_via_github_app: z.object({ id: z.number().int() }).nullish(),
});
type Comment = z.infer<typeof Comment>;

/**
 * Returns the id of the App's own comment that starts with this marker, or undefined. A person's comment that quotes
 * the marker does not count, and neither does one of ours in which a model quotes it. Throws what Octokit throws.
 */
export async function findOwnComment(
  place: CommentPlace,
  { marker, since, ...own }: OwnComment,
): Promise<number | undefined> {
  // GitHub's clock may be a little behind ours.
  for await (const page of place.pages(new Date(since - 60_000).toISOString())) {
    for (const comment of z.array(Comment).parse(page.data)) {
      const marked = (comment.body ?? '').startsWith(marker);
      if (marked && (await isOurs(comment, own))) return comment.id;
    }
  }
  return undefined;
}

/** Where GitHub does not tell the App, as for review comments, the author has to be our bot. */
async function isOurs(
  { user, performed_via_github_app: via }: Comment,
  { appId, bot }: Pick<OwnComment, 'appId' | 'bot'>,
): Promise<boolean> {
  if (user?.type !== 'Bot') return false;
  return via ? via.id === appId : user.login === (await bot());
}

/**
 * Writes a comment unless one with its marker is there already; `created` tells which. Of two that were written at the
 * same moment the earlier stays. Throws what Octokit throws.
 */
export async function postOnce(
  place: CommentPlace,
  comment: OwnComment & Readonly<{ body: string }>,
): Promise<{ id: number; created: boolean }> {
  const existing = await findOwnComment(place, comment);
  if (existing !== undefined) return { id: existing, created: false };
  const { id } = Comment.parse(await place.create(comment.body));
  const first = (await findOwnComment(place, comment)) ?? id;
  if (first >= id) return { id, created: true };
  await place.remove(id);
  return { id: first, created: false };
}
