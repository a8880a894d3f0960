import { describe, expect, it, test } from 'vitest';
import { Policy } from '../../../core/policy.ts';
import {
  type AskedOptions,
  type ConfigFiles,
  effectiveSettings,
  serverSettings,
} from '../../../core/repo-config/effective-settings.ts';
import { isInScope, narrowScope } from '../../../core/repo-config/path-scope.ts';
import {
  readOrganizationConfig,
  readRepoConfig,
} from '../../../core/repo-config/read-repo-config.ts';
import { requestBudget } from '../../../core/repo-config/request-budget.ts';
import { JobSettings } from '../../../core/repo-config/settings.ts';

const policy = Policy.parse({});

function files(repository?: string, organization?: string): ConfigFiles {
  return {
    ...(repository === undefined
      ? {}
      : { repository: { ...readRepoConfig(repository), file: 'cody.yml', sha: 'r1' } }),
    ...(organization === undefined
      ? {}
      : { organization: { ...readOrganizationConfig(organization), file: 'org', sha: 'o1' } }),
  };
}

function settingsOf(repository?: string, organization?: string, request: AskedOptions = {}) {
  return effectiveSettings({ policy, request, ...files(repository, organization) });
}

test('without files everything is as the server has it, and survives the bucket', () => {
  const settings = serverSettings(policy);
  expect(settings).toMatchObject({
    model: policy.model,
    effort: policy.effort,
    limits: { turns: 150, minutes: 45 },
    reviewer: true,
    labels: [],
    paths: [],
    sources: {},
    problems: [],
  });
  expect(JobSettings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

describe('limits', () => {
  it.each([
    ['limits: {turns: 20, minutes: 5}', '', { turns: 20, minutes: 5 }],
    ['limits: {turns: 20}', 'limits: {turns: 10, minutes: 30}', { turns: 10, minutes: 30 }],
    ['limits: {turns: 500, minutes: 500}', '', { turns: 150, minutes: 45 }],
    ['limits: {tokens: 20000}', 'limits: {tokens: 30000}', { tokens: 20_000 }],
    ['limits: {compact_at_tokens: 90000}', '', { compact_at_tokens: 90_000 }],
    ['limits: {command_minutes: 2}', '', { command_minutes: 2 }],
  ])('are the smallest of server, %s and %s', (repository, organization, limits) => {
    expect(settingsOf(repository, organization).settings.limits).toMatchObject(limits);
  });
});

test('limits of a server that no file may name survive the bucket', () => {
  const limits = {
    turns: 20_000,
    minutes: 0.5,
    tokens: 5_000,
    compact_at_tokens: 20_000,
    command_minutes: 0.05,
  };
  const settings = serverSettings(Policy.parse({ limits }));
  expect(JobSettings.parse(JSON.parse(JSON.stringify(settings))).limits).toEqual(limits);
});

describe('choices', () => {
  it("are the request's, else the repository's, else the organization's, else the server's", () => {
    const own = 'effort: low\nmodel: claude-haiku-5-5';
    const shared =
      'effort: max\nmodel: claude-opus-5-5\nlabels: [shared]\nreviewers: [a]\ndraft: true';
    expect(settingsOf(own, shared).settings).toMatchObject({
      effort: 'low',
      model: 'claude-haiku-5-5',
      labels: ['shared'],
      reviewers: ['a'],
      draft: true,
      sources: { repository_sha: 'r1', organization_sha: 'o1' },
    });
    expect(settingsOf(undefined, shared).settings).toMatchObject({
      effort: 'max',
      model: 'claude-opus-5-5',
    });
    expect(settingsOf('labels: []', shared).settings.labels).toEqual([]);
  });

  it("let an option that names the server's default win over the repository", () => {
    const asked = { model: policy.model, effort: policy.effort, draft: false };
    const { settings, refusals } = settingsOf(
      'effort: low\nmodel: claude-haiku-5-5\ndraft: true',
      undefined,
      asked,
    );
    expect(refusals).toEqual([]);
    expect(settings).toMatchObject(asked);
  });
});

describe('the model', () => {
  it('that a file wants and the server does not allow is told with the nearest', () => {
    const { settings } = settingsOf('model: claude-haiku-5');
    expect(settings.model).toBe(policy.model);
    expect(settings.problems).toEqual([expect.stringContaining('`claude-haiku-5-5`')]);
  });

  it('is one of those that server, organization and repository all allow', () => {
    const own = 'models: [claude-opus-5-5, claude-haiku-5-5]';
    const shared = 'models: [claude-haiku-5-5]';
    expect(settingsOf(own, shared).settings.model).toBe('claude-haiku-5-5');
    expect(settingsOf(own, shared, { model: 'claude-opus-5-5' }).refusals).toEqual([
      { type: 'model_not_allowed', model: 'claude-opus-5-5', models: ['claude-haiku-5-5'] },
    ]);
    expect(settingsOf('models: [another]').refusals).toEqual([
      { type: 'model_not_allowed', model: policy.model, models: [] },
    ]);
  });
});

describe('the path scope', () => {
  it('is narrowed by each of organization, repository and request', () => {
    expect(settingsOf('paths: [src, docs]').settings.paths).toEqual(['src', 'docs']);
    expect(settingsOf('paths: [src/a, docs]', 'paths: [src]').settings.paths).toEqual(['src/a']);
    const asked = { paths: ['src/a/b'] };
    expect(settingsOf('paths: [src]', undefined, asked).settings.paths).toEqual(['src/a/b']);
    expect(settingsOf(undefined, undefined, asked).settings.paths).toEqual(['src/a/b']);
    expect(settingsOf('paths: [docs]', 'paths: [src]').settings.paths).toEqual(['src']);
  });

  it('refuses what was asked for outside of it', () => {
    expect(settingsOf('paths: [src]', undefined, { paths: ['lib'] }).refusals).toEqual([
      { type: 'path_outside', path: 'lib', paths: ['src'] },
    ]);
  });

  it('is about whole names of folders', () => {
    expect(isInScope([], 'a')).toBe(true);
    expect(isInScope(['src'], 'src/a')).toBe(true);
    expect(isInScope(['src'], 'srcs/a')).toBe(false);
    expect(narrowScope(['src/a', 'src/b'], ['src'])).toEqual({
      scope: ['src/a', 'src/b'],
      outside: [],
    });
  });
});

test('a broken file is told and left aside as a whole', () => {
  const { settings } = settingsOf('effort: low\nlimits: {turns: 0}', 'effort: max');
  expect(settings.effort).toBe('max');
  expect(settings.problems).toEqual([
    expect.stringContaining('cody.yml, line 2: `limits.turns` is `0`'),
    'cody.yml is left aside as a whole until this is corrected.',
  ]);
});

describe('the budget of a request', () => {
  const usd = 1_000_000;
  const cases: readonly (readonly [string, number | undefined, readonly ConfigFiles[], object])[] =
    [
      ['leaves the default of a job', undefined, [files()], { type: 'fits', jobs: [2 * usd] }],
      [
        'is split evenly',
        3 * usd,
        [files(), files()],
        { type: 'fits', jobs: [1.5 * usd, 1.5 * usd] },
      ],
      [
        'is lowered by the cap of one repository',
        undefined,
        [files('budget: {job: 0.5}'), files()],
        { type: 'fits', jobs: [0.5 * usd, 2 * usd] },
      ],
      [
        'is lowered by the cap for a request',
        undefined,
        [files(undefined, 'budget: {request: 1}'), files()],
        { type: 'fits', jobs: [0.5 * usd, 0.5 * usd] },
      ],
      [
        'stays below the server',
        11 * usd,
        [files()],
        { type: 'too_high', asked: 11 * usd, cap: 10 * usd },
      ],
      [
        'stays below the smallest cap of a job',
        3 * usd,
        [files('budget: {job: 1}'), files()],
        { type: 'too_high', asked: 3 * usd, cap: 2 * usd },
      ],
    ];
  it.each(cases.map(([title, ...given]) => [title, given] as const))('%s', (_, given) => {
    const [asked, targets, expected] = given;
    expect(requestBudget({ policy, asked, targets })).toEqual(expected);
  });
});
