import { describe, expect, it } from 'vitest';
import { renderCheckRun } from '../../../core/render/check-run.ts';
import { renderClosingComment } from '../../../core/render/closing-comment.ts';
import { linksOf } from '../../../core/render/links.ts';
import { renderPullRequestBody } from '../../../core/render/pull-request-body.ts';
import { renderStatusComment } from '../../../core/render/status-comment.ts';
import { renderThread } from '../../../core/render/thread-markdown.ts';
import {
  answeredJob,
  exampleJob,
  exampleRequest,
  exampleThread,
  failedJob,
  plannedJob,
  planRecord,
  pullRequestJob,
  serverUrl,
  start,
} from './examples.ts';

const links = { serverUrl };
const withPages = linksOf({ githubServerUrl: serverUrl, publicUrl: 'https://cody.example.com' });
const request = exampleRequest();
const now = start + 65_000;
const modelNote = 'Answers come from a scripted model, not from Claude.';
const off = {
  kind: 'namespaces',
  shell: false,
  reason:
    'Tools have their own processes and network, but the file system is not confined (bubblewrap is not installed). Install the Debian package bubblewrap to have commands run.',
};
const sibling = {
  repository: { id: 12, owner: 'acme', name: 'web', private: false },
  number: 3,
  url: `${serverUrl}/acme/web/pull/3`,
};
const output = ({ title, summary }: { title: string; summary: string }) =>
  `TITLE ${title}\n\n${summary}`;

const cases: Readonly<Record<string, () => string>> = {
  'status-waiting': () =>
    renderStatusComment({
      request,
      jobs: [
        exampleJob('api'),
        exampleJob('web', {
          waiting_for: 'a free worker (3 of 3 are busy)',
          config_problems: [
            '.github/cody.yml, line 3: the key `setpu` is unknown; the nearest known one is `setup`.',
          ],
        }),
      ],
      links,
      now,
      modelNote,
    }),
  'status-running': () =>
    renderStatusComment({
      request,
      jobs: [
        exampleJob('api', { state: 'running', started_at: start + 4_000, cost_micro_usd: 12_345 }),
        pullRequestJob(),
      ],
      links,
      now,
    }),
  'status-partly-done': () =>
    renderStatusComment({ request, jobs: [pullRequestJob(), failedJob()], links, now }),
  'closing-partly-done': () =>
    renderClosingComment({
      request,
      jobs: [pullRequestJob(), failedJob(), answeredJob()],
      links,
      modelNote,
    }),
  'status-with-pages': () =>
    renderStatusComment({ request, jobs: [pullRequestJob(), failedJob()], links: withPages, now }),
  'closing-with-pages': () =>
    renderClosingComment({ request, jobs: [pullRequestJob(), failedJob()], links: withPages }),
  'check-with-pages': () =>
    output(renderCheckRun({ job: pullRequestJob(), thread: exampleThread(), links: withPages })),
  'closing-answered': () => renderClosingComment({ request, jobs: [answeredJob()], links }),
  'status-planned': () =>
    renderStatusComment({
      request: { ...request, plan: true },
      jobs: [plannedJob(), failedJob()],
      links,
      now,
    }),
  'closing-planned': () =>
    renderClosingComment({
      request: { ...request, plan: true },
      jobs: [plannedJob(), failedJob()],
      links,
      plan: planRecord(),
    }),
  'check-run-planned': () =>
    output(renderCheckRun({ job: plannedJob(), thread: exampleThread(1), links })),
  'check-run-pull-request': () =>
    output(renderCheckRun({ job: pullRequestJob(), thread: exampleThread(), links, modelNote })),
  'check-run-failed': () => output(renderCheckRun({ job: failedJob(), links })),
  'check-run-running': () =>
    output(
      renderCheckRun({
        job: exampleJob('api', { state: 'running', started_at: start }),
        links,
        now,
      }),
    ),
  'pull-request-green': () =>
    renderPullRequestBody({ request, job: pullRequestJob(), siblings: [sibling], links }),
  'pull-request-not-verified': () =>
    renderPullRequestBody({
      request,
      job: pullRequestJob({ sandbox: off, verification: undefined }),
      siblings: [],
      links,
      modelNote,
    }),
  thread: () => renderThread(exampleThread(), modelNote),
};

describe('rendered texts', () => {
  it.each(Object.entries(cases))('%s reads as its fixture', async (name, render) => {
    await expect(`${render().trimEnd()}\n`).toMatchFileSnapshot(`../../fixtures/render/${name}.md`);
  });
});
