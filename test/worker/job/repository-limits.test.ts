import { expect, test } from 'vitest';
import { Policy } from '../../../core/policy.ts';
import { boundRun } from '../../../worker/job/repository-limits.ts';

const policy = Policy.parse({});
const job = { model: policy.model, effort: policy.effort, budget_micro_usd: 2_000_000 };

test('takes the smallest of what server, request and repository allow', () => {
  expect(boundRun({ policy, job, repository: {} })).toEqual({
    model: 'claude-sonnet-5-5',
    effort: 'high',
    turns: 150,
    minutes: 45,
    budget_micro_usd: 2_000_000,
    notices: [],
  });
  const small = { turns: 20, minutes: 5, budget_micro_usd: 100_000 };
  expect(boundRun({ policy, job, repository: small })).toMatchObject(small);
  const large = { turns: 500, minutes: 500, budget_micro_usd: 9_000_000 };
  expect(boundRun({ policy, job, repository: large })).toMatchObject({
    turns: 150,
    minutes: 45,
    budget_micro_usd: 2_000_000,
  });
});

test("puts the repository's model and effort in the place of the defaults only", () => {
  const repository = { model: 'claude-haiku-5-5', effort: 'low' } as const;
  expect(boundRun({ policy, job, repository })).toMatchObject({ ...repository, notices: [] });
  const asked = { ...job, model: 'claude-opus-5-5', effort: 'max' } as const;
  expect(boundRun({ policy, job: asked, repository })).toMatchObject({
    model: 'claude-opus-5-5',
    effort: 'max',
  });
});

test('names the nearest model when the server does not allow the one wanted', () => {
  const bounds = boundRun({ policy, job, repository: { model: 'claude-haiku-5' } });
  expect(bounds.model).toBe('claude-sonnet-5-5');
  expect(bounds.notices).toEqual([expect.stringContaining('`claude-haiku-5-5`')]);
});
