import { afterAll, beforeAll, expect, it } from 'vitest';

import { commitOnBranch, kinds, type Running, startRunning } from './running-standin.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(() => running.close());

it('carries a request from the comment to a pull request with a check run and a fetchable commit', async () => {
  const { call, person } = running;
  const requester = person('requester');
  const issue = await call('POST /repos/acme/web/issues', {
    token: requester,
    body: { title: 'Sum is wrong' },
  });
  const thread = `/repos/acme/web/issues/${issue.num('number')}/comments`;
  const comment = await call(`POST ${thread}`, {
    token: requester,
    body: { body: '/cody fix sum' },
  });
  const token = await running.token({ repositories: ['web'] });
  const eyes = `/repos/acme/web/issues/comments/${comment.num('id')}/reactions`;
  expect((await call(`POST ${eyes}`, { token, body: { content: 'eyes' } })).status).toBe(201);
  const reply = await call(`POST ${thread}`, { token, body: { body: 'Working.' } });
  expect(reply.body).toMatchObject({
    user: { login: 'cody[bot]', type: 'Bot' },
    performed_via_github_app: { slug: 'cody' },
  });
  const commit = await commitOnBranch(running, {
    token,
    repository: 'acme/web',
    branch: 'cody/1',
    files: { 'src/sum.js': 'export const sum = (a, b) => a + b;\n' },
  });
  const sha = commit.str('sha');
  expect(commit.body).toMatchObject({ verification: { verified: true, reason: 'valid' } });
  const pull = await call('POST /repos/acme/web/pulls', {
    token,
    body: { title: 'Fix sum', head: 'cody/1', base: 'main', body: 'Because.' },
  });
  expect(pull.body).toMatchObject({ mergeable: true, changed_files: 1, head: { sha } });
  const run = await call('POST /repos/acme/web/check-runs', {
    token,
    body: {
      name: 'Cody',
      head_sha: sha,
      conclusion: 'neutral',
      output: { title: 'Done', summary: 'All of it' },
    },
  });
  expect(run.body).toMatchObject({
    status: 'completed',
    pull_requests: [{ number: pull.num('number') }],
  });
  const url = running.standin.gitUrl('acme', 'web').replace('//', `//x-access-token:${token}@`);
  const clone = await running.git(['clone', '-q', '--branch', 'cody/1', url, 'clone']);
  expect(clone).toMatchObject({ code: 0, err: '' });
  const head = await running.git(['-C', 'clone', 'rev-parse', 'HEAD']);
  expect(head.out.trim()).toBe(sha);
  expect(await kinds(running)).toEqual(
    expect.arrayContaining([
      'issues.opened',
      'issue_comment.created',
      'push',
      'check_suite.requested',
      'pull_request.opened',
      'check_run.created',
      'check_run.completed',
      'check_suite.completed',
    ]),
  );
  expect(running.received.every((one) => one.valid)).toBe(true);
  expect(running.standin.violations()).toEqual([]);
});
