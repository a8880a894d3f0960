import { expect, it } from 'vitest';
import { linksOf, requestLink, threadUrl, wholeThread } from '../../../core/render/links.ts';
import { pullRequestJob } from './examples.ts';

const job = pullRequestJob();
const server = { githubServerUrl: 'https://github.com' };

it('points at the page of a job where there is an address for the public', () => {
  const links = linksOf({ ...server, publicUrl: 'https://cody.example.com' });
  expect(threadUrl(job, links)).toBe(`https://cody.example.com/jobs/${job.id}`);
  expect(wholeThread(job, links)).toContain(`(https://cody.example.com/jobs/${job.id})`);
  expect(requestLink({ id: '0123456789' }, links)).toBe(
    '[`0123456789`](https://cody.example.com/requests/0123456789)',
  );
});

it('points at the check run otherwise', () => {
  const links = linksOf({ ...server, publicUrl: undefined });
  expect(threadUrl(job, links)).toBe(job.check_run?.url);
  expect(requestLink({ id: '0123456789' }, links)).toBe('`0123456789`');
});
