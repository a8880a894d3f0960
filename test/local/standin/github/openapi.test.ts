import { describe, expect, it } from 'vitest';

import { createOpenApi } from '../../../../local/standin/github/openapi.ts';

const openapi = createOpenApi();
const request = (
  operation: string,
  given: { body?: unknown; query?: string; params?: Record<string, string> } = {},
) =>
  openapi.checkRequest({
    operation,
    params: given.params ?? { owner: 'acme', repo: 'web' },
    query: new URLSearchParams(given.query),
    body: given.body,
  });

const answer = (operation: string, status: number, body: unknown) =>
  openapi.checkResponse({ operation, status, body });

describe('the description judges requests', () => {
  it.each([
    ['a missing field', 'POST /repos/{owner}/{repo}/pulls', { head: 'x' }],
    [
      'a field of the wrong type',
      'POST /repos/{owner}/{repo}/git/refs',
      { ref: 'refs/heads/x', sha: 1 },
    ],
    [
      'a value outside its list',
      'POST /repos/{owner}/{repo}/check-runs',
      { name: 'n', head_sha: 's', status: 'late' },
    ],
    [
      'a date that is none',
      'POST /repos/{owner}/{repo}/check-runs',
      { name: 'n', head_sha: 's', started_at: 'now' },
    ],
    ['no body at all', 'POST /repos/{owner}/{repo}/git/trees', undefined],
  ])('and refuses %s', async (_, operation, body) => {
    await expect(request(operation, { body })).rejects.toMatchObject({ status: 422 });
  });

  it('and reads numbers out of paths and queries', async () => {
    const operation = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    const params = { owner: 'acme', repo: 'web', issue_number: '1' };
    await expect(request(operation, { params, query: 'per_page=50' })).resolves.toBeUndefined();
    await expect(request(operation, { params, query: 'per_page=many' })).rejects.toMatchObject({
      status: 422,
    });
    await expect(
      request(operation, { params: { ...params, issue_number: 'one' } }),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('and knows no other operations', async () => {
    await expect(request('GET /repos/{owner}/{repo}/nothing')).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('the description judges answers', () => {
  const operation = 'GET /repos/{owner}/{repo}/git/ref/{ref}';
  const good = {
    ref: 'refs/heads/main',
    node_id: 'x',
    url: 'http://127.0.0.1/ref',
    object: { type: 'commit', sha: '1'.repeat(40), url: 'http://127.0.0.1/commit' },
  };

  it('and finds a missing field, a short sha and a status that is not described', async () => {
    expect(await answer(operation, 200, good)).toBeNull();
    expect(
      await answer(operation, 200, { ...good, object: { ...good.object, sha: '1' } }),
    ).toContain('object/sha');
    expect(await answer(operation, 200, { ref: 'refs/heads/main' })).toContain('node_id');
    expect(await answer(operation, 202, good)).toContain('not described');
  });

  it('and takes null where it may stand', async () => {
    const run = 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}';
    expect(await answer(run, 200, { conclusion: null })).not.toContain('conclusion must');
    expect(await answer(run, 200, { conclusion: 'wonderful' })).not.toBeNull();
  });
});

it.each([
  ['issues', 'opened'],
  ['issue_comment', 'created'],
  ['issue_comment', 'edited'],
  ['issue_comment', 'deleted'],
  ['pull_request', 'opened'],
  ['pull_request', 'closed'],
  ['pull_request', 'reopened'],
  ['pull_request', 'synchronize'],
  ['pull_request', 'edited'],
  ['pull_request', 'review_requested'],
  ['pull_request_review', 'submitted'],
  ['pull_request_review_comment', 'created'],
  ['check_run', 'created'],
  ['check_run', 'completed'],
  ['check_run', 'rerequested'],
  ['check_run', 'requested_action'],
  ['check_suite', 'requested'],
  ['check_suite', 'rerequested'],
  ['check_suite', 'completed'],
  ['installation', 'created'],
])('has a description of the event %s %s, which an empty payload fails', async (event, action) => {
  expect(await openapi.checkWebhook(event, { action })).toContain('must have required property');
});

it('has a description of the event push', async () => {
  expect(await openapi.checkWebhook('push', {})).toContain('must have required property');
});
