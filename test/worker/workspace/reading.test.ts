import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectInstall } from '../../../worker/workspace/install.ts';
import { readInstructions } from '../../../worker/workspace/instructions.ts';
import { repositoryOverview } from '../../../worker/workspace/overview.ts';
import { detectCommands } from '../../../worker/workspace/detect-commands.ts';
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

describe('detectCommands', () => {
  it('takes set-up and verification as they are named', async () => {
    const from = await workspace({ 'package-lock.json': '{}' });
    expect(await detectCommands(from, { setup: ['npm ci'], verify: ['npm test'] })).toEqual({
      setup: ['npm ci'],
      verify: ['npm test'],
      setupDetected: false,
      verifyDetected: false,
      notes: [],
    });
  });

  it('detects one install, without install scripts, and no verification where nothing tells one', async () => {
    const from = await workspace({ 'package-lock.json': '{}', 'sub/uv.lock': '' });
    expect(await detectCommands(from, {})).toEqual({
      setup: ['npm ci --ignore-scripts --no-audit --no-fund'],
      verify: [],
      setupDetected: true,
      verifyDetected: false,
      notes: [],
    });
  });

  it('detects the verification when none is named, says so, and obeys an empty list', async () => {
    const from = await workspace({ 'package.json': '{"scripts":{"test":"node --test"}}' });
    expect(await detectCommands(from, {})).toMatchObject({
      verify: ['npm test'],
      verifyDetected: true,
      notes: [
        expect.stringContaining('detected and run after the agent: `npm test` (package.json)'),
      ],
    });
    expect(await detectCommands(from, { verify: [] })).toMatchObject({
      verify: [],
      verifyDetected: false,
    });
  });

  it('has nothing to set up where there is no lockfile, and obeys an empty list', async () => {
    const bare = await detectCommands(await workspace({ a: '' }), {});
    expect(bare).toMatchObject({ setup: [], setupDetected: false });
    const asked = await detectCommands(await workspace({ 'go.sum': '' }), { setup: [] });
    expect(asked).toMatchObject({ setup: [], setupDetected: false });
  });
});

describe('detectInstall', () => {
  it('tells the two generations of yarn apart', () => {
    expect(detectInstall(new Set(['yarn.lock']))).toContain('--frozen-lockfile');
    expect(detectInstall(new Set(['yarn.lock', '.yarnrc.yml']))).toContain('--immutable');
    expect(detectInstall(new Set(['readme']))).toBeUndefined();
  });
});
