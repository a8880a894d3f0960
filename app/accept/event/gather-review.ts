import { z } from 'zod';
import { UserError } from '../../../core/errors.ts';
import type { Github } from '../../../core/github/octokit.ts';
import { createWriteCheck } from '../../../core/github/write-check.ts';
import { appFailure } from '../../installations.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import { Review, ReviewComment, type ReviewPlace, threadOf } from './review-event.ts';
import type { ReviewFacts } from './screen-review.ts';

type Deps = Pick<AcceptDeps, 'installations' | 'policy' | 'log'>;

/** A review, with as much of it as its event holds: that is what was written, whatever was edited since. */
type Wanted = Readonly<{
  place: ReviewPlace;
  review_id: number;
  review?: Review;
  comment?: ReviewComment;
}>;

const maxPages = 10;
/** Whoever else wrote in these threads counts as somebody who may not write. */
const maxAuthors = 20;

/**
 * Asks GitHub for a review with its remarks, for what stood before in their threads, and for who may write now.
 * Undefined when GitHub does not show the review. Throws TransientError when GitHub is out.
 */
export async function gatherReview(deps: Deps, wanted: Wanted): Promise<ReviewFacts | undefined> {
  const { place } = wanted;
  try {
    const github = await deps.installations.client(place.installation.id);
    const review = wanted.review ?? (await readReview(github, wanted));
    const { comments, earlier } = await readComments(github, wanted);
    const writers = await writersAmong(deps, github, {
      place,
      comments: [...comments, ...earlier],
    });
    return { place, review, comments, earlier, writers };
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'A review cannot be read');
    return undefined;
  }
}

async function readReview(github: Github, { place, review_id }: Wanted): Promise<Review> {
  const { data } = await github.rest.pulls.getReview({ ...pullOf(place), review_id });
  return Review.parse(data);
}

type Comments = Pick<ReviewFacts, 'comments' | 'earlier'>;

/** The list of a review's comments does not tell their lines; the list of the pull request's comments does. */
async function readComments(
  github: Github,
  { place, review_id, comment }: Wanted,
): Promise<Comments> {
  const listed = z.array(ReviewComment).parse(
    await github.paginate(github.rest.pulls.listCommentsForReview, {
      ...pullOf(place),
      review_id,
      per_page: 100,
    }),
  );
  const ids = new Set([...listed.map(({ id }) => id), ...(comment ? [comment.id] : [])]);
  const replies = [...listed, ...(comment ? [comment] : [])].filter(
    (one) => threadOf(one) !== one.id,
  );
  const threads = new Set(replies.map((one) => threadOf(one)));
  const alone = comment !== undefined && ids.size === 1 && threads.size === 0;
  const around = alone ? [] : await readAround(github, place, new Set([...ids, ...threads]));
  const whole = new Map(
    [...listed, ...around, ...(comment ? [comment] : [])].map((one) => [one.id, one]),
  );
  const sorted = [...whole.values()].toSorted((a, b) => a.id - b.id);
  return {
    comments: sorted.filter(({ id }) => ids.has(id)),
    earlier: sorted.filter((one) => !ids.has(one.id) && threads.has(threadOf(one))),
  };
}

/** The newest comments of the pull request, as far back as the oldest of those ids. */
async function readAround(
  github: Github,
  place: ReviewPlace,
  ids: ReadonlySet<number>,
): Promise<readonly ReviewComment[]> {
  const missing = new Set(ids);
  let pages = 0;
  return github.paginate(
    github.rest.pulls.listReviewComments,
    { ...pullOf(place), sort: 'created', direction: 'desc', per_page: 100 },
    ({ data }, done) => {
      const page = z.array(ReviewComment).parse(data);
      for (const { id } of page) missing.delete(id);
      pages += 1;
      if (missing.size === 0 || pages === maxPages) done();
      return page;
    },
  );
}

type Conversation = Readonly<{ place: ReviewPlace; comments: readonly ReviewComment[] }>;

async function writersAmong(
  { policy }: Deps,
  github: Github,
  { place: { repository }, comments }: Conversation,
): Promise<readonly number[]> {
  const where = { owner: repository.owner.login, name: repository.name };
  const check = createWriteCheck(github, where, policy.bots);
  const authors = new Map(comments.flatMap(({ user }) => (user ? [[user.id, user]] : [])));
  const writers: number[] = [];
  for (const author of [...authors.values()].slice(0, maxAuthors))
    if (await check(author)) writers.push(author.id);
  return writers;
}

function pullOf({ repository, pull_request }: ReviewPlace) {
  const { owner, name: repo } = repository;
  return { owner: owner.login, repo, pull_number: pull_request.number };
}
