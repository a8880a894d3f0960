import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AcceptDeps } from '../../../../app/accept/accept-deps.ts';
import { Review, ReviewComment, ReviewPlace } from '../../../../app/accept/event/review-event.ts';
import { type ReviewFacts, screenReview } from '../../../../app/accept/event/screen-review.ts';
import type { Screened } from '../../../../app/accept/order.ts';
import { type EventName, readEvent } from '../../../../app/accept/read-event.ts';
import { Policy } from '../../../../core/policy.ts';

/*
 * Each fixture changes a payload that GitHub has sent. Those that stop at the payload go through the reader; the others
 * say what GitHub then answers, and go through the decision.
 */

type Json = { [key: string]: unknown };
type Fixture = Readonly<{
  change?: Json;
  policy?: object;
  github?: Readonly<{
    review?: Json;
    /** Changes to the recorded remark. */
    comments: readonly Json[];
    earlier?: readonly Json[];
    writers: readonly number[];
  }>;
  screened: unknown;
}>;

const folder = new URL('../../../fixtures/events', import.meta.url).pathname;
const require = createRequire(import.meta.url);
const examples = require('@octokit/webhooks-examples') as readonly {
  name: string;
  examples: readonly Json[];
}[];

function recorded(event: string): Json {
  const all = examples.find(({ name }) => name === event)?.examples ?? [];
  const usable = all.find(
    (one) => 'installation' in one && ['created', 'submitted'].includes(String(one['action'])),
  );
  if (!usable) throw new Error(`GitHub's examples hold no ${event}`);
  return usable;
}

function changed(base: unknown, change: unknown): unknown {
  if (typeof base !== 'object' || base === null || Array.isArray(base)) return change;
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
  const merged: Json = { ...base };
  for (const [name, value] of Object.entries(change)) merged[name] = changed(merged[name], value);
  return merged;
}

async function screen(event: EventName, fixture: Fixture): Promise<Screened> {
  const payload = changed(recorded(event), fixture.change ?? {});
  const { github } = fixture;
  const policy = Policy.parse(fixture.policy ?? {});
  if (!github) return readEvent({ policy } as AcceptDeps, { name: event, payload });
  const remark = recorded('pull_request_review_comment')['comment'];
  const remarks = (all: readonly Json[]) =>
    all.map((change) => ReviewComment.parse(changed(remark, change)));
  const { review, comment } = payload as Json;
  const ofReview = changed(recorded('pull_request_review')['review'], github.review ?? {});
  const facts: ReviewFacts = {
    place: ReviewPlace.parse(payload),
    review: Review.parse(review ?? ofReview),
    comments: [...(comment ? [ReviewComment.parse(comment)] : []), ...remarks(github.comments)],
    earlier: remarks(github.earlier ?? []),
    writers: github.writers,
  };
  return screenReview(facts);
}

/** What decides about the run: the rest is the same in all of them. */
function told(screened: Screened): unknown {
  if (screened.type !== 'order') return screened;
  const { key, requester, source, parsed, thread_id, place, context } = screened.order;
  const { installation_id: _, repository: __, ...from } = source;
  const remarks = context.remarks?.map(({ hunk: ___, url: ____, ...remark }) => remark);
  return JSON.parse(
    JSON.stringify({
      type: 'order',
      key,
      requester,
      source: from,
      parsed,
      thread_id,
      place,
      remarks,
    }),
  );
}

describe.each(readdirSync(folder))('GitHub sends %s and the App', (event) => {
  it.each(readdirSync(join(folder, event)))('%s', async (file) => {
    const path = join(folder, event, file);
    const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;
    const screened = told(await screen(event as EventName, fixture));
    expect(screened).toEqual(fixture.screened);
  });
});
