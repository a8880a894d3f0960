import { expect, it } from 'vitest';
import { mention, renderClosingComment } from '../../../core/render/closing-comment.ts';
import { exampleRequest, pullRequestJob, serverUrl } from './examples.ts';

it('mentions the accounts that GitHub has, and nothing that is no login', () => {
  expect(mention({ id: 1, login: 'requester' })).toBe('@requester');
  expect(mention({ id: 1, login: 'requester_acme' })).toBe('@requester_acme');
  expect(mention({ id: 1, login: 'acme/team' })).toBe('`acme/team`');
  expect(mention({ id: 1, login: '_a_ <b>' })).toBe('`_a_ <b>`');
});

it('says what became of a pull request that the work went on with', () => {
  const request = exampleRequest();
  const iteration = { pull_request: 3, own: true, trusted_sha: 'a'.repeat(40) };
  const closing = (state: 'pull_request' | 'patch') =>
    renderClosingComment({
      request,
      jobs: [{ ...pullRequestJob(), state, iteration }],
      links: { serverUrl },
    });
  expect(closing('pull_request')).toContain('The pull request is updated.');
  expect(closing('pull_request')).toContain('pull request updated');
  expect(closing('patch')).toContain('Nothing was pushed to the pull request.');
  expect(closing('patch')).toContain('patch kept, nothing pushed');
});

it('says that a red verification is why a pull request is a draft', () => {
  const pull = pullRequestJob();
  const closing = (draft: boolean) =>
    renderClosingComment({
      request: exampleRequest(),
      jobs: [
        {
          ...pull,
          pull_request: { ...pull.pull_request!, draft },
          verification: { status: 'red', commands: [] },
        },
      ],
      links: { serverUrl },
    });
  expect(closing(true)).toContain('The pull request is open as a draft.');
  expect(closing(true)).toContain('. Not all verification commands passed, so it is a draft.');
  expect(closing(false)).toContain('. Not all verification commands passed.');
});
