import { afterAll, beforeAll, expect, it } from 'vitest';

import { commitOnBranch, type Running, startRunning } from './running-standin.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(() => running.close());

it('carries one request from the comment to a pull request with a check run and a fetchable commit', async () => {
  const { call, person } = running;
  const issue = await call('POST /repos/acme/web/issues', {
    token: person('requester'),
    body: { title: 'Sum is wrong' },
  });
  expect(issue.status).toBe(201);
  const comment = await call(`POST /repos/acme/web/issues/${issue.body.number}/comments`, {
    token: person('requester'),
    body: { body: '/cody fix sum' },
  });
  expect(comment.status).toBe(201);
  const token = await running.token({ repositories: ['web'] });
  const reaction = await call(`POST /repos/acme/web/issues/comments/${comment.body.id}/reactions`, {
    token,
    body: { content: 'eyes' },
  });
  expect(reaction.status).toBe(201);
  const reply = await call(`POST /repos/acme/web/issues/${issue.body.number}/comments`, {
    token,
    body: { body: 'Working.' },
  });
  expect(reply.body.user).toMatchObject({ login: 'cody[bot]', type: 'Bot' });
  expect(reply.body.performed_via_github_app.slug).toBe('cody');
  const commit = await commitOnBranch(running, {
    token,
    repository: 'acme/web',
    branch: 'cody/1',
    files: { 'src/sum.js': 'export const sum = (a, b) => a + b;\n' },
  });
  expect(commit.verification).toMatchObject({ verified: true, reason: 'valid' });
  const pull = await call('POST /repos/acme/web/pulls', {
    token,
    body: { title: 'Fix sum', head: 'cody/1', base: 'main', body: 'Because.' },
  });
  expect(pull.text).toContain('cody/1');
  expect(pull.body).toMatchObject({ mergeable: true, changed_files: 1, head: { sha: commit.sha } });
  const run = await call('POST /repos/acme/web/check-runs', {
    token,
    body: {
      name: 'Cody',
      head_sha: commit.sha,
      conclusion: 'neutral',
      output: { title: 'Done', summary: 'All of it' },
    },
  });
  expect(run.status).toBe(201);
  const clone = await running.git([
    'clone',
    '-q',
    '--branch',
    'cody/1',
    running.standin.gitUrl('acme', 'web').replace('//', `//x-access-token:${token}@`),
    'clone',
  ]);
  expect(clone.err).toBe('');
  await running.standin.settled();
  expect(running.received.map(({ event, payload }) => `${event}.${payload.action ?? ''}`)).toEqual(
    expect.arrayContaining([
      'issues.opened',
      'issue_comment.created',
      'pull_request.opened',
      'push.',
      'check_run.created',
      'check_run.completed',
      'check_suite.requested',
    ]),
  );
  expect(running.received.every((one) => one.valid)).toBe(true);
  expect(running.standin.violations()).toEqual([]);
});
