import { describe, expect, it, test } from 'vitest';
import { problemSentence } from '../../../core/repo-config/config-problem.ts';
import {
  readOrganizationConfig,
  readRepoConfig,
} from '../../../core/repo-config/read-repo-config.ts';
import { savedPrompts } from '../../../core/repo-config/saved-prompt.ts';

/** Everything that a file can say. */
const everything = `
setup: [npm ci]
verify:
  - npm test
  - npm run lint
model: claude-opus-5-5
models: [claude-opus-5-5, claude-haiku-5-5]
effort: low
budget: { job: 0.5, request: 2 }
limits: { turns: 40, minutes: 10, tokens: 1000000, compact_at_tokens: 100000, command_minutes: 5 }
reviewer: false
draft: true
labels: [cody, "needs: review"]
reviewers: [reviewer, "@acme/Web-Team"]
paths: [./src/, 'app/[id]']
allowed: [requester, acme/developers]
permission: maintain
prompts:
  deps: Update the dependencies.
  tests: { prompt: Make the tests pass., description: Tests, model: claude-haiku-5-5, effort: low, budget: 1, plan: true, button: Fix tests }
schedule:
  - { name: weekly, prompt: deps, cron: 0 6 * * 1, timezone: Europe/Berlin }
accept_sets: [services]
`;

describe('a repository file', () => {
  it('is read with every key', () => {
    expect(readRepoConfig(everything)).toEqual({
      problems: [],
      access: { type: 'read', allowed: ['requester', 'acme/developers'], permission: 'maintain' },
      config: {
        setup: ['npm ci'],
        verify: ['npm test', 'npm run lint'],
        model: 'claude-opus-5-5',
        models: ['claude-opus-5-5', 'claude-haiku-5-5'],
        effort: 'low',
        budget: { job: 500_000, request: 2_000_000 },
        limits: {
          turns: 40,
          minutes: 10,
          tokens: 1_000_000,
          compact_at_tokens: 100_000,
          command_minutes: 5,
        },
        reviewer: false,
        draft: true,
        labels: ['cody', 'needs: review'],
        reviewers: ['reviewer', 'acme/Web-Team'],
        paths: ['src', 'app/[id]'],
        allowed: ['requester', 'acme/developers'],
        permission: 'maintain',
        prompts: [
          { name: 'deps', prompt: 'Update the dependencies.' },
          {
            name: 'tests',
            prompt: 'Make the tests pass.',
            description: 'Tests',
            model: 'claude-haiku-5-5',
            effort: 'low',
            budget: 1_000_000,
            plan: true,
            button: 'Fix tests',
          },
        ],
        schedule: [
          { name: 'weekly', prompt: 'deps', cron: '0 6 * * 1', timezone: 'Europe/Berlin' },
        ],
        accept_sets: ['services'],
      },
    });
  });

  it('may be empty, have keys without values, a byte order mark and CRLF, and the older name of budget', () => {
    const nothing = { config: {}, access: { type: 'read' }, problems: [] };
    expect(readRepoConfig('')).toEqual(nothing);
    expect(readRepoConfig('setup:\nverify:\n')).toEqual(nothing);
    expect(readRepoConfig('\uFEFFverify: [a]\r\nbudgets: {job: 1}\r\n').config).toEqual({
      verify: ['a'],
      budget: { job: 1_000_000 },
    });
  });
});

const wrong: readonly (readonly [text: string, told: string])[] = [
  [
    'verify: [a]\nsetpu: [b]',
    'line 2: the key `setpu` is unknown; the nearest known one is `setup`',
  ],
  ['verify: npm test', 'line 1: `verify` must be a list'],
  ['verify:\n  - npm test\n  - ""\n', 'line 3: `verify[1]` must not be empty'],
  ['verify:\n  - run: npm test\n', 'line 2: `verify[0]` must be text'],
  [
    'limits: {turns: 0}',
    '`limits.turns` is `0`, which is not a whole number from 1 to 10000; the nearest valid value is 1',
  ],
  ['limits: {turns: 2.4}', 'the nearest valid value is 2'],
  ['limits: {turns: "40"}', 'the nearest valid value is 40'],
  ['limits: {minutes: soon}', 'the smallest valid value is 1'],
  [
    'limits: {minutes: .inf}',
    '`limits.minutes` is `Infinity`, which is not a number from 1 to 1440; the nearest valid value is 1440',
  ],
  [
    'limits: {turn: 3}',
    'the key `limits.turn` is unknown; the nearest known one is `limits.turns`',
  ],
  ['limits: 3', '`limits` must be keys with values'],
  ['budget: {job: -1}', 'the nearest valid value is 0.01'],
  ['budget: {job: 1}\nbudgets: {job: 2}', 'line 2: `budgets` is the older name'],
  ['effort: hihg', '`effort` is `hihg`, which is unknown; the nearest known one is `high`'],
  ['model: [a]', '`model` must be text'],
  ['model: a b', '`model` is `a b` and must be the id of a model'],
  ['models: []', '`models` must not be empty'],
  ['reviewer: yes', '`reviewer` must be true or false'],
  ['prompts: {fix: {promt: x, prompt: y}}', 'the nearest known one is `prompts.fix.prompt`'],
  ['prompts: {fix: {prompt: x, effort: hig}}', '`prompts.fix.effort` is `hig`'],
  ['prompts: {fix: 3}', '`prompts.fix` must be text, or keys with values'],
  ['prompts: {"a b": x}', 'the name `prompts.a b` must have small letters'],
  ['prompts: {a: {prompt: x, button: 3}}', '`prompts.a.button` must be true, false, or a label'],
  ['prompts: {a: {prompt: x, button: "one more than twenty!"}}', 'at most 20 characters'],
  ['prompts: {constructor: x}', 'has the key `constructor`'],
  ['__proto__: {allowed: []}', 'has the key `__proto__`'],
  ['paths: [../x]', '`paths[0]` is `../x` and must be a folder'],
  ['paths: [a/.git]', '`paths[0]` is `a/.git` and must be a folder'],
  ['paths: ["src/*"]', '`paths[0]` is `src/*` and must be a folder'],
  ['labels: ["a\\nb"]', '`labels[0]` is `a b` and must stand on one line'],
  ['reviewers: ["../x"]', '`reviewers[0]` is `../x` and must be a login'],
  [
    'schedule: [{name: a, prompt: x, cron: 61 * * * *}]',
    '`schedule[0].cron` is `61 * * * *` and must have the five fields',
  ],
  ['schedule: [{name: a, prompt: x, cron: 0 0 6 * * 1}]', 'must have the five fields'],
  ['schedule: [{name: a, prompt: x, cron: 0 6 * * 1, timezone: Mars/One}]', 'must be a time zone'],
  ['schedule: [{name: a, prompt: x}]', '`schedule[0].cron` is missing'],
  [
    'schedule: [{name: a, prompt: x, cron: 0 6 * * 1}, {name: a, prompt: y, cron: 0 6 * * 1}]',
    '`schedule` may not have one name twice',
  ],
  ['sets: {}', 'the key `sets` stands only in the file of the organization'],
  ['labels: [a]\nlabels: [b]', 'line 2: The file is not valid YAML: Map keys must be unique'],
  ['a: [', 'is not valid YAML'],
  ['- a', 'must hold keys with values at its top level'],
  ['['.repeat(20_000), 'nested too deeply'],
  [`${'['.repeat(5000)}${']'.repeat(5000)}`, 'nested too deeply'],
  [
    `a: &a [x, x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`,
    'repeats aliases too often',
  ],
  ['a\0b', 'holds a NUL byte'],
  [`x: ${'y'.repeat(66_000)}`, 'is larger than 64 KiB'],
];

const byWords = wrong.map(([text, told]) => [told, text] as const);

test.each(byWords)('tells that %s, and uses nothing of the file', (told, text) => {
  const { config, problems } = readRepoConfig(text);
  expect(config).toEqual({});
  expect(problems.map((one) => problemSentence('cody.yml', one)).join('\n')).toContain(told);
});

test('bytes that are no UTF-8 close the repository', () => {
  expect(readRepoConfig(Buffer.from([0x61, 0xff]))).toMatchObject({
    access: { type: 'unreadable' },
    problems: [{ text: 'The file is no text in UTF-8.' }],
  });
});

const access: readonly (readonly [text: string, type: 'read' | 'unreadable'])[] = [
  ['verify: 3', 'read'],
  ['verify: [', 'read'],
  ['allowed: [me]\nverify: [', 'unreadable'],
  ['permission: reed', 'unreadable'],
  ['allowed: me', 'unreadable'],
  ['allowed:', 'unreadable'],
  ['allowd: [me]', 'unreadable'],
  ['Permission: admin', 'unreadable'],
  ['a\0b', 'unreadable'],
];

test.each(access)('with %s who may use it is %s', (text, type) => {
  expect(readRepoConfig(text).access.type).toBe(type);
});

test('who may use it holds also when the rest of the file is wrong', () => {
  const { config, access: given } = readRepoConfig('allowed: [me]\nlimits: {turns: 0}\n');
  expect(config).toEqual({});
  expect(given).toEqual({ type: 'read', allowed: ['me'] });
});

describe('the file of an organization', () => {
  it('has the keys of a repository as defaults, and sets', () => {
    const text =
      'effort: low\nsets:\n  all:\n    repositories: [acme/web, acme/.github]\n    prompt: deps\n    schedule: {cron: 0 1 * * *}\n';
    expect(readOrganizationConfig(text)).toMatchObject({
      problems: [],
      config: {
        effort: 'low',
        sets: [
          {
            name: 'all',
            repositories: ['acme/web', 'acme/.github'],
            prompt: 'deps',
            schedule: { cron: '0 1 * * *' },
          },
        ],
      },
    });
  });

  it('has no schedule of its own, and no set of six', () => {
    const six = Array.from({ length: 6 }, (_, at) => `acme/r${String(at)}`).join(', ');
    const told = readOrganizationConfig(`schedule: []\nsets: {all: {repositories: [${six}]}}`);
    expect(told.problems.map(({ text }) => text)).toEqual([
      '`sets.all.repositories` is too long: at most 5 entries.',
      "the key `schedule` stands only in a repository's own file.",
    ]);
  });
});

test("a repository's prompts stand before those of its organization with other names", () => {
  const own = { prompts: [{ name: 'a', prompt: 'own' }] };
  const shared = {
    prompts: [
      { name: 'a', prompt: 'shared' },
      { name: 'b', prompt: 'shared' },
    ],
  };
  expect(savedPrompts(own, shared).map(({ name, prompt }) => `${name}: ${prompt}`)).toEqual([
    'a: own',
    'b: shared',
  ]);
});
