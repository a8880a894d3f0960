import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { Job } from '../../core/job.ts';
import { planHash } from '../../core/plan-record.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';

const submission = {
  title: 'Round down',
  summary: '1. Change it',
  changes: ['src/a.ts: floor'],
  verification: [],
  not_done: [],
  risks: [],
};
const request = exampleRequest({ jobs: 2, plan: true });
const jobs = exampleJobs(request, { state: 'planned', submission });
const hash = planHash(request, jobs);

it('the same value has the same canonical JSON, whatever the order of its keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
    { numRuns: 50 },
  );
});

it('a plan has the same hash in whatever order its jobs are read, and after they were stored', () => {
  expect(planHash(request, jobs.toReversed())).toBe(hash);
  expect(planHash(request, JSON.parse(JSON.stringify(jobs)) as Job[])).toBe(hash);
});

it('what became of its comments and money leaves the hash of a plan alone', () => {
  const later = jobs.map((job) => ({ ...job, cost_micro_usd: 9, ended_at: 5, thread: undefined }));
  expect(planHash(request, later)).toBe(hash);
});

it('jobs that ended without a plan have no part in the hash', () => {
  const [first, second] = jobs;
  const failed = { ...second!, state: 'failed' as const };
  expect(planHash(request, [first!, failed])).toBe(planHash(request, [first!]));
  expect(planHash(request, [first!, failed])).not.toBe(hash);
});

const changes: Readonly<Record<string, Partial<Job>>> = {
  'the repository': { repository: { id: 9, owner: 'acme', name: 'repository-1', private: true } },
  'the base branch': { base_branch: 'next' },
  'the base commit': { base_sha: 'b'.repeat(40) },
  'the title': { submission: { ...submission, title: 'Round up' } },
  'the steps': { submission: { ...submission, summary: '1. Leave it' } },
  'the files': { submission: { ...submission, changes: [] } },
  'the open questions': { submission: { ...submission, not_done: ['Why?'] } },
};
for (const [what, change] of Object.entries(changes)) {
  it(`another hash comes of another value of ${what}`, () => {
    expect(planHash(request, [{ ...jobs[0]!, ...change }, jobs[1]!])).not.toBe(hash);
  });
}

it('another hash comes of another request or prompt', () => {
  const { prompt } = request;
  expect(planHash({ ...request, id: 'another' }, jobs)).not.toBe(hash);
  expect(planHash({ ...request, prompt: { ...prompt, sha256: 'c'.repeat(64) } }, jobs)).not.toBe(
    hash,
  );
});
