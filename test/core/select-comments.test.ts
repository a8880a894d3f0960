import { describe, expect, it } from 'vitest';
import type { IssueComment } from '../../core/github/conversation.ts';
import { selectComments } from '../../core/select-comments.ts';

const time = (second: number) => new Date(second * 1_000).toISOString();
const writer = { id: 1, login: 'writer', type: 'User' };
const outsider = { id: 2, login: 'outsider', type: 'User' };

function comment(id: number, change: Partial<IssueComment> = {}): IssueComment {
  const at = time(id);
  return {
    id,
    body: `${id}`,
    html_url: '',
    user: writer,
    created_at: at,
    updated_at: at,
    ...change,
  };
}

async function select(comments: readonly IssueComment[], caps?: object) {
  const asked: number[] = [];
  const { kept, left_out } = await selectComments(comments, {
    command: { comment_id: 1_000, at: 1_000_000 },
    writes: async (author) => {
      asked.push(author?.id ?? 0);
      return author?.login.startsWith('writer') ?? false;
    },
    ...(caps ? { caps: { comments: 40, length: 4_000, total: 60_000, ...caps } } : {}),
  });
  return { texts: kept.map(({ body }) => body), left_out, asked };
}

describe('the comments before a command', () => {
  it('are those of people with write access, the oldest first', async () => {
    const { texts, left_out } = await select([
      comment(1),
      comment(2, { user: outsider }),
      comment(3),
      comment(4, { user: null }),
    ]);
    expect(texts).toEqual(['1', '3']);
    expect(left_out).toEqual({ others: 2, edited: 0, older: 0 });
  });

  it('are left out when they were changed after it', async () => {
    const { texts, left_out } = await select([
      comment(1, { updated_at: time(1_000) }),
      comment(2, { updated_at: time(1_001) }),
    ]);
    expect(texts).toEqual(['1']);
    expect(left_out.edited).toBe(1);
  });

  it('hold neither the command, nor what came later, nor what we wrote', async () => {
    const body = '<!-- cody-batch:status:x -->';
    const { texts, left_out } = await select([
      comment(1, { body, user: { id: 9, login: 'cody[bot]', type: 'Bot' } }),
      comment(2, { body, user: outsider }),
      comment(1_000),
      comment(1_001),
    ]);
    expect(texts).toEqual([]);
    expect(left_out).toEqual({ others: 1, edited: 0, older: 0 });
  });

  it('are placed by their time when the command is no comment', async () => {
    const { kept } = await selectComments([comment(5), comment(6)], {
      command: { comment_id: undefined, at: 6_000 },
      writes: async () => true,
    });
    expect(kept.map(({ id }) => id)).toEqual([5]);
  });

  it('are the newest where there are too many, each cut to size', async () => {
    const many = [1, 2, 3, 4].map((id) => comment(id, { body: `${id}`.repeat(30) }));
    const few = await select(many, { comments: 2 });
    expect(few.texts).toEqual(['3'.repeat(30), '4'.repeat(30)]);
    expect(few.left_out.older).toBe(2);
    const small = await select(many, { total: 70 });
    expect(small.texts).toHaveLength(2);
    const short = await select(many.slice(3), { length: 10 });
    expect(short.texts).toEqual([`${'4'.repeat(10)}\n(the rest is left out)`]);
  });

  it('cost at most thirty questions about authors', async () => {
    const strangers = Array.from({ length: 50 }, (_, index) =>
      comment(index + 1, { user: { ...outsider, id: index + 10 } }),
    );
    const { asked, left_out } = await select(strangers);
    expect(new Set(asked).size).toBe(30);
    expect(left_out).toEqual({ others: 30, edited: 0, older: 20 });
  });
});
