import { expect, it } from 'vitest';
import { mention } from '../../../core/render/closing-comment.ts';

it('mentions the accounts that GitHub has, and nothing that is no login', () => {
  expect(mention({ id: 1, login: 'requester' })).toBe('@requester');
  expect(mention({ id: 1, login: 'requester_acme' })).toBe('@requester_acme');
  expect(mention({ id: 1, login: 'acme/team' })).toBe('`acme/team`');
  expect(mention({ id: 1, login: '_a_ <b>' })).toBe('`_a_ <b>`');
});
