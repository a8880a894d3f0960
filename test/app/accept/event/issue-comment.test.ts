import { describe, expect, it } from 'vitest';
import { type IssueCommentEvent, screen } from '../../../../app/accept/event/issue-comment.ts';
import { requestId } from '../../../../core/ids.ts';

const event: IssueCommentEvent = {
  action: 'created',
  installation: { id: 9 },
  repository: { id: 1, name: 'web', private: false, owner: { id: 5, login: 'acme' } },
  issue: { number: 3, title: 'Sums', html_url: 'https://github.example/acme/web/issues/3' },
  comment: {
    id: 11,
    html_url: 'https://github.example/acme/web/issues/3#issuecomment-11',
    body: '/cody Fix it',
    created_at: '2026-01-02T03:04:05Z',
  },
  sender: { id: 77, login: 'requester', type: 'User' },
};

function hash(body: string): string {
  const screened = screen({ ...event, comment: { ...event.comment, body } }, undefined);
  return screened.type === 'order' ? screened.order.payload_sha256 : '';
}

describe('a comment', () => {
  it('gives the same request id whenever it is read', () => {
    const screened = screen(event, undefined);
    expect(screened).toMatchObject({
      type: 'order',
      order: { key: 'comment:1:11', request_id: requestId('comment:1:11') },
    });
  });

  it.each([
    ['edited', { action: 'edited' }, 'comment edited'],
    ['deleted', { action: 'deleted' }, 'comment deleted'],
    ['written by a bot', { sender: { ...event.sender, type: 'Bot' } }, 'written by a bot'],
    [
      'written through an App',
      { comment: { ...event.comment, performed_via_github_app: { id: 4 } } },
      'written by a bot',
    ],
    [
      'not addressed to us',
      { comment: { ...event.comment, body: 'Thanks' } },
      'no command: not_addressed',
    ],
  ])('is ignored when it is %s', (...[, change, reason]) => {
    expect(screen({ ...event, ...change }, undefined)).toEqual({ type: 'ignore', reason });
  });

  it('is ignored in an account that this server does not serve', () => {
    expect(screen(event, [6])).toEqual({ type: 'ignore', reason: 'account not served' });
    expect(screen(event, [5]).type).toBe('order');
  });

  it('is taken from a bot that the operator lists by its account id, and from no other', () => {
    const bot = { ...event, sender: { ...event.sender, id: 77, type: 'Bot' } };
    const viaApp = { ...bot, comment: { ...bot.comment, performed_via_github_app: { id: 1 } } };
    expect(screen(viaApp, undefined, [77])).toMatchObject({
      type: 'order',
      order: { requester: { id: 77 } },
    });
    expect(screen(viaApp, undefined, [7, 777]).type).toBe('ignore');
    const person = { ...viaApp, sender: { ...viaApp.sender, type: 'User' } };
    expect(screen(person, undefined, [77]).type).toBe('ignore');
  });

  it('has another payload hash when its text is another', () => {
    expect(hash('/cody a')).not.toBe(hash('/cody b'));
  });
});
