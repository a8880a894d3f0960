import { describe, expect, it } from 'vitest';
import type { CommentPlace } from '../../app/comment-place.ts';
import { findOwnComment } from '../../app/own-comment.ts';

const marker = '<!-- marker -->';
const ours = { login: 'cody[bot]', type: 'Bot' };

/** A place with these comments. */
function placeOf(...comments: readonly object[]) {
  return {
    async *pages() {
      yield { data: comments };
    },
  } as unknown as CommentPlace;
}

async function find(comment: object) {
  let asked = 0;
  const bot = async () => {
    asked += 1;
    return ours.login;
  };
  const place = placeOf({ id: 7, body: `${marker}\ntext`, ...comment });
  return { id: await findOwnComment(place, { marker, since: 0, appId: 5, bot }), asked };
}

describe('a comment that begins with our marker', () => {
  it.each([
    ['of our App', { user: ours, performed_via_github_app: { id: 5 } }, 7, 0],
    ['of our bot, where GitHub names no App', { user: ours }, 7, 1],
    ['of another App', { user: ours, performed_via_github_app: { id: 6 } }, undefined, 0],
    [
      'of another bot, where GitHub names no App',
      { user: { login: 'other[bot]', type: 'Bot' } },
      undefined,
      1,
    ],
    ['of a person', { user: { login: 'cody', type: 'User' } }, undefined, 0],
    ['of nobody', { user: null }, undefined, 0],
    ['further down', { user: ours, body: `> ${marker}` }, undefined, 0],
  ])('%s is found or not', async (...[, comment, id, asked]) => {
    expect(await find(comment)).toEqual({ id, asked });
  });
});
