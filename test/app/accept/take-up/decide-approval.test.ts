import { expect, it } from 'vitest';
import { decideApproval } from '../../../../app/accept/take-up/decide-approval.ts';
import { meantJobs } from '../../../../core/meant-jobs.ts';
import { planHash, planLifetimeMs, type PlanRecord } from '../../../../core/plan-record.ts';
import { exampleJobs, exampleRequest } from '../../../support/job.ts';

const submission = {
  title: 'Round down',
  summary: '1. Change it',
  changes: [],
  verification: [],
  not_done: [],
  risks: [],
};
const request = exampleRequest({ jobs: 2, plan: true });
const jobs = exampleJobs(request, { state: 'planned', submission });
const made = 1_700_000_000_000;
const record: PlanRecord = {
  type: 'plan',
  request_id: request.id,
  sha256: planHash(request, jobs),
  created_at: made,
  expires_at: made + planLifetimeMs,
};
const facts = { record, request, jobs, now: made + planLifetimeMs - 1 };

it('approves a plan until the last moment, with its hash', () => {
  const plan = { request_id: request.id, sha256: record.sha256 };
  expect(decideApproval(facts)).toEqual({ type: 'approve', plan });
});

it('refuses a plan that has expired', () => {
  const now = made + planLifetimeMs;
  expect(decideApproval({ ...facts, now })).toEqual({ type: 'refuse', reason: 'expired' });
});

it('refuses a plan that was not shown to anyone', () => {
  const refusal = { type: 'refuse', reason: 'not_shown' };
  expect(decideApproval({ ...facts, record: undefined })).toEqual(refusal);
});

it('refuses a plan that is not stored as it was shown', () => {
  const [first, ...rest] = jobs;
  const other = { ...first!, submission: { ...submission, summary: '1. Do something else' } };
  const refusal = { type: 'refuse', reason: 'changed' };
  expect(decideApproval({ ...facts, jobs: [other, ...rest] })).toEqual(refusal);
  expect(decideApproval({ ...facts, jobs: rest })).toEqual(refusal);
});

it('an approval is about all jobs with a plan, and nothing of a plan can be continued', () => {
  const [first, second] = jobs;
  const stopped = {
    ...second!,
    state: 'failed' as const,
    cause: { code: 'turn_limit' as const, sentence: 'The run reached its limit of turns.' },
  };
  const both = [first!, stopped];
  expect(meantJobs(both, { type: 'approve', id: request.id }, request)).toEqual([first]);
  expect(meantJobs(both, { type: 'retry', id: undefined }, request)).toEqual([stopped]);
  expect(meantJobs(both, { type: 'continue', id: undefined }, request)).toEqual([]);
});
