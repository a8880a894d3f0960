import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { renderCheckRun } from '../../../core/render/check-run.ts';
import { renderClosingComment } from '../../../core/render/closing-comment.ts';
import { duration, moment } from '../../../core/render/duration.ts';
import { money } from '../../../core/render/money.ts';
import { renderPullRequestBody } from '../../../core/render/pull-request-body.ts';
import { renderStatusComment } from '../../../core/render/status-comment.ts';
import { tokens } from '../../../core/render/tokens.ts';
import {
  answeredJob,
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
const line = 'é👍 `code` @octo <b> fixes #1\n```\n';
/** More than any parser is given. */
const endless = line.repeat(6_000);
/** More than the share of one job in any comment; there are dozens of these in one. */
const long = line.repeat(600);
const submission = {
  title: 'Long',
  summary: long,
  changes: [long, long],
  verification: [],
  not_done: [long],
  risks: [long],
};

describe('a check run', () => {
  it('keeps the newest turns within 65,535 bytes and tells how many steps are left out', () => {
    const { summary } = renderCheckRun({
      job: pullRequestJob(),
      thread: exampleThread(400),
      links,
    });
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535);
    expect(Buffer.byteLength(summary)).toBeGreaterThan(60_000);
    expect(summary).toContain('#### Turn 400');
    expect(summary).not.toContain('#### Turn 1\n');
    expect(summary).toMatch(/_\d+ earlier steps are left out\._ The whole thread is stored/);
    expect(summary.trimEnd().endsWith('The work is done.')).toBe(true);
  });

  it('links to the page of the whole thread when there is one', () => {
    const { summary } = renderCheckRun({
      job: pullRequestJob(),
      thread: exampleThread(400),
      links: { serverUrl, thread: () => 'https://cody.example.com/jobs/1/thread' },
    });
    expect(summary).toContain('[the whole thread](https://cody.example.com/jobs/1/thread)');
  });

  it('stays within the limit with one overlong step and an overlong answer', () => {
    const thread = exampleThread(3);
    const turn = thread.events[3];
    if (turn?.type === 'turn') turn.text = endless;
    const job = pullRequestJob({ submission: { ...submission, summary: endless } });
    const { summary, title } = renderCheckRun({ job, thread, links });
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535);
    expect(summary).toContain('_This step is cut here._');
    expect(summary).toContain('_This part is cut here._');
    expect(title.length).toBeLessThan(255);
    const headings = fromMarkdown(summary).children.filter((node) => node.type === 'heading');
    expect(headings.length).toBeGreaterThan(3);
  });
});

describe('comments and bodies', () => {
  it('stay within 58,000 bytes whatever the model wrote', () => {
    const request = exampleRequest();
    const cause = { code: 'internal_error' as const, sentence: long, next: long };
    const jobs = Array.from({ length: 5 }, () => failedJob({ cause }));
    const answers = Array.from({ length: 5 }, () => answeredJob({ submission }));
    const plans = Array.from({ length: 5 }, () => plannedJob({ submission }));
    const plan = planRecord();
    const texts = [
      renderStatusComment({ request, jobs, links, now: start }),
      renderClosingComment({ request, jobs, links }),
      renderClosingComment({ request, jobs: answers, links }),
      renderPullRequestBody({ request, job: pullRequestJob({ submission }), siblings: [], links }),
      renderClosingComment({ request, jobs: plans, links, plan }),
    ];
    for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(58_000);
    expect(texts[2]?.match(/The answer is cut here/g)).toHaveLength(5);
    expect(texts[4]).toContain(`/cody approve ${request.id}`);
    expect(texts[3]).toContain('Asked by @requester');
  });

  it('name no private repository in a public pull request', () => {
    const repository = { id: 99, owner: 'acme', name: 'hidden-thing', private: true };
    const request = exampleRequest();
    const body = renderPullRequestBody({
      request: {
        ...request,
        source: {
          ...request.source,
          repository,
          url: `${serverUrl}/acme/hidden-thing/issues/1`,
        },
      },
      job: pullRequestJob(),
      siblings: [{ repository, number: 4, url: `${serverUrl}/acme/hidden-thing/pull/4` }],
      links,
    });
    expect(body).not.toContain('hidden-thing');
  });
});

describe('figures', () => {
  it('are money without scientific notation', () => {
    expect([0, 5, 12_345, 999_949, 1_234_567, 1_234_567_890].map(money)).toEqual([
      '$0.00',
      'under $0.0001',
      '$0.0123',
      '$0.9999',
      '$1.23',
      '$1,234.57',
    ]);
  });

  it('are durations and moments in UTC', () => {
    expect([0, 420, 9_949, 9_951, 59_400, 59_600, 185_000, 7_440_000].map(duration)).toEqual([
      '0.0 s',
      '0.4 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '3 min 05 s',
      '2 h 04 min',
    ]);
    expect(moment(start)).toBe('2026-03-01 12:00 UTC');
  });

  it('are tokens in thousands and millions', () => {
    expect([0, 999, 1_000, 12_345, 999_949, 999_950, 2_500_000].map(tokens)).toEqual([
      '0',
      '999',
      '1.0k',
      '12.3k',
      '999.9k',
      '1.0M',
      '2.5M',
    ]);
  });
});
