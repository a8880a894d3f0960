import { describe, expect, it } from 'vitest';
import type { Job } from '../../../core/job.ts';
import { renderThreadReply } from '../../../core/render/thread-reply.ts';
import { exampleJob, exampleRequest, plannedJob, pullRequestJob, serverUrl } from './examples.ts';

const iteration = { pull_request: 3, own: true, trusted_sha: 'a'.repeat(40) };
const commit_sha = 'b'.repeat(40);

function reply(jobs: readonly Job[]): string {
  return renderThreadReply({ request: exampleRequest(), jobs, links: { serverUrl } });
}

describe('the reply in a review thread', () => {
  it('names the commit that was pushed, and what it does', () => {
    const text = reply([{ ...pullRequestJob(), iteration, commit_sha }]);
    expect(text).toMatch(/^<!-- cody-batch:thread:q7x2m9k4d1 -->/);
    expect(text).toContain(`Done in [bbbbbbb](${serverUrl}/acme/api/commit/${commit_sha}).`);
    expect(text).toContain(pullRequestJob().submission?.summary.slice(0, 20));
  });

  it("names the pull request against a person's branch", () => {
    const text = reply([
      { ...pullRequestJob(), iteration: { ...iteration, own: false }, commit_sha },
    ]);
    expect(text).toMatch(/Done in \[bbbbbbb\]\([^)]+\), in pull request \[\\#7\]/);
  });

  it('holds a whole answer, and the first paragraph about other work', () => {
    const submission = {
      ...pullRequestJob().submission!,
      summary: 'It is so.\n\nBecause of that.',
    };
    const answered = reply([{ ...pullRequestJob(), state: 'answered', submission }]);
    expect(answered).toContain('Because of that.');
    expect(answered).not.toContain('Answered.');
    expect(reply([{ ...pullRequestJob(), submission }])).not.toContain('Because of that.');
  });

  it('names the command that approves a plan', () => {
    const text = reply([plannedJob()]);
    expect(text).toContain('The plan is ready; `/cody approve q7x2m9k4d1` carries it out.');
  });

  it('says why nothing was pushed, and what to do', () => {
    const cause = {
      code: 'budget_exhausted' as const,
      sentence: 'The budget is used up.',
      next: '/cody continue',
    };
    const text = reply([exampleJob('api', { state: 'patch', iteration, cause })]);
    expect(text).toContain('Patch kept, nothing pushed. The budget is used up.');
    expect(text).toContain('`/cody continue`');
  });

  it('names the repositories when there are several', () => {
    const other = exampleJob('web', { state: 'cancelled' });
    expect(reply([exampleJob('api', { state: 'failed' }), other])).toContain(
      '`acme/web`: Cancelled.',
    );
  });
});
