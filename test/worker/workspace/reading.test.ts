import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectInstall } from '../../../worker/workspace/install.ts';
import { readInstructions } from '../../../worker/workspace/instructions.ts';
import { repositoryOverview } from '../../../worker/workspace/overview.ts';
import { parseRepoConfig, readRepoConfig } from '../../../worker/workspace/repo-config.ts';
import { checkedOut, createOrigin } from './repository.ts';

async function workspace(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>> = {},
) {
  const origin = await createOrigin();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(origin.source, path)), { recursive: true });
    writeFileSync(join(origin.source, path), text);
  }
  for (const [path, target] of Object.entries(links))
    symlinkSync(target, join(origin.source, path));
  const work = await checkedOut(origin, origin.commit());
  return { gitDir: work.gitDir, sha: work.baseSha, workTree: work.workTree };
}

describe('repositoryOverview', () => {
  it('tells size, languages, folders, manifests, commands and big files', async () => {
    const from = await workspace({
      'package.json': JSON.stringify({
        scripts: { test: 'vitest run', build: 'tsc' },
        engines: { node: '>=24' },
        packageManager: 'npm@11.0.0',
      }),
      '.nvmrc': '24\n',
      Makefile: 'all: build\nbuild:\n\ttrue\nX := 1\n',
      'src/deep/er/a.ts': 'x'.repeat(3000),
      'src/b.ts': 'y',
      '.github/workflows/ci.yml':
        'on: push\njobs:\n  t:\n    steps:\n      - run: |\n          npm ci\n          npm test\n',
    });
    const text = await repositoryOverview(from);
    expect(text).toContain('6 tracked');
    expect(text).toContain('.ts 2 files, 3 KiB');
    expect(text).toContain('src/ (2)');
    expect(text).toContain('src/deep/ (1)');
    expect(text).toContain('package.json (npm@11.0.0, node >=24)');
    expect(text).toContain('test: vitest run');
    expect(text).toContain('Makefile targets: all build');
    expect(text).toContain('.nvmrc 24');
    expect(text).toMatch(/Commands in CI:\n {2}npm test/);
    expect(text).not.toContain('npm ci');
    expect(await repositoryOverview(from)).toBe(text);
  });

  it('stays below 20,000 characters and puts each name on one line', async () => {
    const names = Array.from(
      { length: 400 },
      (_, at) => `${'folder'.repeat(20)}${String(at)}/${'x'.repeat(100)}/f`,
    );
    const files = Object.fromEntries([...names, 'a\nb'].map((name) => [name, 'x']));
    const text = await repositoryOverview(await workspace(files));
    expect(text.length).toBeLessThanOrEqual(20_000);
    expect(text).toContain('"a\\nb"');
  });

  it('lists broken manifests by name', async () => {
    const from = await workspace({ 'package.json': '{', '.github/workflows/x.yml': ': : :\n' });
    expect(await repositoryOverview(from)).toContain('Manifests:\n  package.json');
  });
});

describe('readInstructions', () => {
  it('reads the base commit, not the work tree, and each text once', async () => {
    const from = await workspace(
      {
        'AGENTS.md': 'Be brief.\n',
        '.github/copilot-instructions.md': 'Be brief.\n',
        '.claude/CLAUDE.md': 'Test.\n',
      },
      { 'CLAUDE.md': 'AGENTS.md' },
    );
    writeFileSync(join(from.workTree, 'AGENTS.md'), 'Changed by the agent');
    expect(await readInstructions(from)).toEqual([
      { path: 'AGENTS.md', text: 'Be brief.\n', truncated: false },
      { path: '.claude/CLAUDE.md', text: 'Test.\n', truncated: false },
    ]);
  });

  it('cuts at the limit between characters and says so', async () => {
    const from = await workspace({ 'AGENTS.md': 'äää', 'CLAUDE.md': 'more' });
    expect(await readInstructions({ ...from, maxBytes: 3 })).toEqual([
      { path: 'AGENTS.md', text: 'ä', truncated: true },
    ]);
  });
});

describe('readRepoConfig', () => {
  it('takes set-up and verification from the file', async () => {
    const from = await workspace({
      '.github/cody.yml': 'setup:\n  - npm ci\nverify:\n  - npm test\n',
      'package-lock.json': '{}',
    });
    expect(await readRepoConfig(from)).toEqual({
      setup: ['npm ci'],
      verify: ['npm test'],
      detected: false,
      verifyDetected: false,
      limits: {},
      notes: [],
      problems: [],
    });
  });

  it('detects one install, without install scripts, and no verification where nothing tells one', async () => {
    const from = await workspace({ 'package-lock.json': '{}', 'sub/uv.lock': '' });
    expect(await readRepoConfig(from)).toEqual({
      setup: ['npm ci --ignore-scripts --no-audit --no-fund'],
      verify: [],
      detected: true,
      verifyDetected: false,
      limits: {},
      notes: [],
      problems: [],
    });
  });

  it('detects the verification when the file names none, says so, and obeys an empty list', async () => {
    const files = { 'package.json': '{"scripts":{"test":"node --test"}}' };
    expect(await readRepoConfig(await workspace(files))).toMatchObject({
      verify: ['npm test'],
      verifyDetected: true,
      notes: [
        expect.stringContaining('detected and run after the agent: `npm test` (package.json)'),
      ],
    });
    const empty = await workspace({ ...files, '.github/cody.yml': 'verify: []\n' });
    expect(await readRepoConfig(empty)).toMatchObject({ verify: [], verifyDetected: false });
  });

  it('has nothing to set up where there is no lockfile, and obeys an empty list', async () => {
    const bare = await readRepoConfig(await workspace({ a: '' }));
    expect(bare).toMatchObject({ setup: [], detected: false });
    const asked = await workspace({ '.github/cody.yml': 'setup: []\n', 'go.sum': '' });
    expect(await readRepoConfig(asked)).toMatchObject({ setup: [], detected: false });
  });
});

function problem(text: string): string {
  return parseRepoConfig(text).problems.join();
}

describe('parseRepoConfig', () => {
  it('names unknown keys with the nearest known one and keeps the rest', () => {
    const { problems, verify } = parseRepoConfig('setpu: [a]\nverify: [npm test]\n');
    expect(verify).toEqual(['npm test']);
    expect(problems).toEqual([
      '.github/cody.yml: the key `setpu` is unknown; the nearest known one is `setup`.',
    ]);
  });

  it('names a wrong value, broken YAML, a list at the top and aliases that multiply', () => {
    expect(problem('verify: npm test')).toContain('`verify` must be a list');
    expect(problem('a: [')).toContain('is not valid YAML');
    expect(problem('- a')).toContain('must hold keys');
    const bomb = `a: &a [x, x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`;
    expect(problem(bomb)).toContain('aliases');
    expect(problem('')).toBe('');
  });
});

describe('the limits of a repository', () => {
  it('are read in USD, turns and minutes, with model and effort', () => {
    const text =
      'budgets:\n  job: 0.5\nlimits: {turns: 40, minutes: 10}\nmodel: claude-opus-5-5\neffort: low\n';
    expect(parseRepoConfig(text)).toEqual({
      limits: {
        budget_micro_usd: 500_000,
        turns: 40,
        minutes: 10,
        model: 'claude-opus-5-5',
        effort: 'low',
      },
      problems: [],
    });
  });

  const wrong: [string, string][] = [
    [
      'limits: {turns: 0}',
      '`limits.turns` is 0, which is not a number of turns; the nearest valid value is 1.',
    ],
    ['limits: {turns: 2.4}', 'the nearest valid value is 2.'],
    ['limits: {turns: "40"}', 'the nearest valid value is 40.'],
    [
      'limits: {minutes: soon}',
      '`limits.minutes` is "soon", which is not a number of minutes; the smallest valid value is 1.',
    ],
    ['limits: {minutes: .inf}', 'the smallest valid value is 1.'],
    [
      'limits: {turn: 3}',
      'the key `limits.turn` is unknown; the nearest known one is `limits.turns`.',
    ],
    ['limits: 3', '`limits` must hold keys with values: `turns`, `minutes`.'],
    ['budgets: {job: -1}', 'the nearest valid value is 0.01.'],
    ['effort: hihg', '`effort` is `hihg`, which is unknown; the nearest known one is `high`.'],
    ['effort: [1]', 'the nearest known one is'],
    ['model: [a]', '`model` must be the id of a model'],
  ];
  it.each(wrong)('says what is wrong with %s and ignores only that', (text, told) => {
    const parsed = parseRepoConfig(`${text}\nverify: [npm test]\n`);
    expect(parsed.problems).toHaveLength(1);
    expect(parsed.problems[0]).toContain(told);
    expect(parsed).toMatchObject({ limits: {}, verify: ['npm test'] });
  });
});

describe('detectInstall', () => {
  it('tells the two generations of yarn apart', () => {
    expect(detectInstall(new Set(['yarn.lock']))).toContain('--frozen-lockfile');
    expect(detectInstall(new Set(['yarn.lock', '.yarnrc.yml']))).toContain('--immutable');
    expect(detectInstall(new Set(['readme']))).toBeUndefined();
  });
});
