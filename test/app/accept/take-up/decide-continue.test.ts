import { describe, expect, it } from 'vitest';
import {
  type ContinueFacts,
  decideContinue,
  type Start,
} from '../../../../app/accept/take-up/decide-continue.ts';
import type { PullRequestFacts } from '../../../../app/accept/decide.ts';
import { Policy } from '../../../../core/policy.ts';
import { readRepoConfig } from '../../../../core/repo-config/read-repo-config.ts';

const repository = { id: 1, owner: 'acme', name: 'web', private: false };
const snapshot = { key: 'snapshot/00/0', sha256: 'c'.repeat(64), bytes: 1 };
const head = { repository_id: 1, branch: 'cody/abcdefghjk-fix', sha: 'b'.repeat(40) };
const open = { number: 7, open: true, merged: false };
const pull: PullRequestFacts = { ...open, head, base: 'main', own: true };

function factsOf(start: Partial<Start>, permission: 'write' | 'read' = 'write'): ContinueFacts {
  const at = start.at ?? { repository_id: 1, branch: 'main', sha: 'a'.repeat(40) };
  const resolved = {
    repository,
    archived: false,
    fork: false,
    default_branch: 'main',
    empty: false,
    default_sha: 'a'.repeat(40),
  };
  const found = { installation_id: 9, resolved, permission, base: { ...at } };
  return {
    command: {
      type: 'prompt',
      prompt: 'Fix it',
      repositories: [{ owner: 'acme', name: 'web' }],
      budget_micro_usd: 1_000_000,
      open_pull_request: true,
    },
    source: { repository, permission: 'write' },
    targets: [{ named: 'acme/web', base_branch: at.branch, found }],
    starts: [{ continues: 'abcdefghjk-1', ...start }],
    policy: Policy.parse({}),
  };
}

function decision(...given: Parameters<typeof factsOf>) {
  return decideContinue(factsOf(...given));
}

describe('the decision about a continuation', () => {
  it('goes on in the pull request, at its head', () => {
    expect(decision({ pull_request: pull, at: head })).toMatchObject({
      type: 'admit',
      plan: {
        targets: [
          {
            base_branch: head.branch,
            base_sha: head.sha,
            budget: 1_000_000,
            continues: 'abcdefghjk-1',
            iteration: { pull_request: 7, own: true, trusted_sha: 'a'.repeat(40) },
          },
        ],
      },
    });
  });

  it('goes on from the work tree that was kept', () => {
    const decided = decision({ snapshot });
    expect(decided).toMatchObject({
      type: 'admit',
      plan: { targets: [{ base_branch: 'main', continues: 'abcdefghjk-1', snapshot }] },
    });
    expect(decided).not.toHaveProperty('plan.targets.0.iteration');
  });

  it('carries out an approved plan at the commit that it was made for', () => {
    const at = { repository_id: 1, branch: 'main', sha: 'd'.repeat(40) };
    expect(decision({ approved_plan: 'abcdefghjk-1', at })).toMatchObject({
      type: 'admit',
      plan: { targets: [{ base_sha: at.sha, approved_plan: 'abcdefghjk-1' }] },
    });
  });

  it('gives each approved job no more than it was planned with, where their repositories differ', () => {
    const { command, targets, ...facts } = factsOf({});
    const { budget_micro_usd: _, ...unasked } = command;
    const [one] = targets;
    const files = { repository: { ...readRepoConfig('budget: {job: 0.5}'), file: 'cody.yml' } };
    const other = { ...one?.found?.resolved, repository: { ...repository, id: 2, name: 'api' } };
    const decided = decideContinue({
      ...facts,
      command: unasked,
      targets: [
        { ...one!, found: { ...one!.found!, settings: { files, asker: undefined } } },
        { ...one!, found: { ...one!.found!, resolved: { ...one!.found!.resolved, ...other } } },
      ],
      starts: [{ most: 500_000 }, { most: 1_500_000 }],
    });
    expect(decided).toMatchObject({
      plan: { targets: [{ budget: 500_000 }, { budget: 1_500_000 }] },
    });
  });

  it('refuses a plan for a pull request whose head has moved', () => {
    const problem = { type: 'plan_head_moved', number: 7 } as const;
    expect(decision({ pull_request: pull, at: head, problem })).toEqual({
      type: 'refuse',
      problems: [problem],
    });
  });

  it('leaves a pull request alone that was closed since', () => {
    expect(decision({ pull_request: { ...pull, open: false }, at: head })).toEqual({
      type: 'refuse',
      problems: [{ type: 'pull_request_closed', number: 7, merged: false }],
    });
  });

  it('asks for write permission in the target again', () => {
    expect(decision({ snapshot }, 'read')).toMatchObject({
      type: 'refuse',
      problems: [{ type: 'no_write_in_target' }],
    });
  });
});
