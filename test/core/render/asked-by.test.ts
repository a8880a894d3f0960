import { expect, it } from 'vitest';
import { renderPullRequestBody } from '../../../core/render/pull-request-body.ts';
import { scheduleActor } from '../../../core/request.ts';
import { exampleRequest, pullRequestJob, serverUrl } from './examples.ts';

it('names the schedule that asked, and in public none of a private repository', () => {
  const { installation_id, repository, url } = exampleRequest().source;
  const asked = (hidden: boolean) => {
    const place = { installation_id, repository: { ...repository, private: hidden }, url };
    const source = { type: 'schedule' as const, ...place, name: 'nightly', due_at: 0 };
    const request = exampleRequest({ source, requester: scheduleActor });
    const links = { serverUrl };
    return renderPullRequestBody({ request, job: pullRequestJob(), siblings: [], links });
  };
  expect(asked(false)).toContain('\nAsked by schedule `nightly` · ');
  expect(asked(true)).toContain('\nAsked by a schedule · ');
  expect(asked(false)).not.toContain('@schedule');
});
