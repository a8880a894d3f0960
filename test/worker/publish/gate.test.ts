import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockingRules, GateRule } from '../../../core/repo-config/gate-rule.ts';
import { gateFindings, judgeGate } from '../../../worker/publish/gate/gate.ts';
import { pathRules } from '../../../worker/publish/gate/path-rules.ts';
import { textBefore } from '../../../worker/publish/gate/text-before.ts';
import { type Change, type Changes, collectChanges } from '../../../worker/workspace/changes.ts';
import { checkedOut, createOrigin } from '../workspace/repository.ts';

type Files = Readonly<Record<string, string>>;
type Tree = Readonly<{ files?: Files; executable?: Files; links?: Files }>;

function put(root: string, { files = {}, executable = {}, links = {} }: Tree): void {
  for (const path of Object.keys({ ...files, ...executable, ...links }))
    mkdirSync(dirname(join(root, path)), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  for (const [path, text] of Object.entries(executable))
    writeFileSync(join(root, path), text, { mode: 0o755 });
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
}

async function changed(before: Tree, after: Tree): Promise<Changes> {
  const origin = await createOrigin();
  put(origin.source, { ...before, files: { README: 'A project\n', ...before.files } });
  const work = await checkedOut(origin, origin.commit());
  put(work.workTree, after);
  return collectChanges(work);
}

function found(changes: Changes): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(gateFindings(changes).map(({ rule, paths }) => [rule, paths]));
}

/** A change as it would be collected, for what a file system here can't hold. */
function made(change: Partial<Change> & Readonly<{ path: string }>): Changes {
  const whole: Change = {
    utf8: true,
    sha: '',
    status: 'added',
    mode: '100644',
    content: Buffer.from('x\n'),
    ...change,
  } as Change;
  return {
    baseSha: '',
    baseTree: '',
    tree: '',
    changes: [whole],
    diff: Buffer.alloc(0),
    stat: { files: 1, additions: 1, deletions: 0 },
    skipped: [],
  };
}

function rules(change: Parameters<typeof made>[0]): string[] {
  return Object.keys(found(made(change)));
}

const byName: Readonly<Record<string, readonly string[]>> = {
  workflow: ['.github/workflows/ci.yml', '.GitHub/Workflows/x/y.sh'],
  action: ['action.yml', 'tools/deploy/action.yaml', '.github/actions/setup/index.js'],
  code_owners: ['CODEOWNERS', '.github/CODEOWNERS', 'docs/CODEOWNERS'],
  ci_config: ['.gitlab-ci.yml', '.circleci/config.yml', 'Jenkinsfile', 'buildspec-test.yml'],
  cody_config: ['.github/cody.yml', 'cody.yaml'],
  git_config: ['.gitattributes', '.husky/pre-commit', 'lefthook.yml', '.pre-commit-config.yaml'],
  tool_config: ['.vscode/tasks.json', '.mcp.json', 'a/.devcontainer/x', '.envrc', '.mise.toml'],
  agent_instructions: ['AGENTS.md', 'pkg/CLAUDE.md', '.github/copilot-instructions.md'],
  lockfile: ['package-lock.json', 'a/yarn.lock', 'go.sum', 'Cargo.lock'],
  install_script: [
    'setup.py',
    'native/build.rs',
    'ext/extconf.rb',
    '.pnpmfile.cjs',
    'init.gradle',
    'hatch.toml',
  ],
  package_source: [
    '.npmrc',
    '.yarnrc.yml',
    '.cargo/config.toml',
    '.mvn/extensions.xml',
    'gradlew',
    'a/uv.toml',
    'rust-toolchain',
    'rust-toolchain.toml',
    'pdm.toml',
    'poetry.toml',
  ],
  submodule: ['.gitmodules'],
};

/** A name next to each of those that meets no rule. */
const ordinary = [
  '.github/workflows.md',
  'docs/.github/workflows/ci.yml',
  'actions.yml',
  'src/CODEOWNERS',
  'ci/Jenkinsfile',
  'src/cody.yml',
  'gitattributes',
  'vscode/tasks.json',
  'docs/agents.md.txt',
  'yarn.lock.md',
  'setup.ts',
  'build.gradle',
  'gradle.properties',
  'npmrc',
  'gitmodules',
  '.nvmrc',
  '.python-version',
  'Dockerfile',
  'Makefile',
];

describe('the publish gate', () => {
  it.each(ordinary)('knows nothing about %s', (path) => {
    expect(pathRules(path)).toEqual([]);
  });

  it.each(Object.entries(byName))('knows %s by the names of files', (rule, paths) => {
    for (const path of paths) expect(pathRules(path), path).toContain(rule);
  });

  it('says nothing about an ordinary change', async () => {
    const changes = await changed(
      { files: { 'src/a.ts': 'a\n', 'package.json': '{"scripts":{"test":"x"}}\n' } },
      {
        files: {
          'src/a.ts': 'b\n',
          'docs/actions.yml': 'x\n',
          'src/codeowners.ts': 'x\n',
          'package.json': '{"scripts":{"test":"y"}}\n',
          'crlf.txt': '\uFEFFone\r\ntwo 👩‍👩‍👧\r\n',
        },
      },
    );
    expect(found(changes)).toEqual({});
    expect(judgeGate(changes)).toEqual([]);
  });

  it('sees modes, links, sizes, bytes and hidden characters', async () => {
    const changes = await changed(
      {
        files: { 'run.sh': 'x\n', 'was-file': 'x\n', 'was-bytes': '\0', 'a/b': 'x\n' },
        links: { 'was-inside': 'a/b', 'stays-outside': '/etc/hosts' },
      },
      {
        executable: { 'new.sh': 'x\n' },
        links: {
          absolute: '/etc/passwd',
          climbs: '../outside',
          'a/up-and-down': '../a/../../outside',
          'a/inside': '../README',
          'into-git': '.git/config',
        },
        files: {
          'image.png': `\u0000${'x'.repeat(10)}`,
          'big.txt': 'x'.repeat(2 * 1024 * 1024),
          'huge.txt': 'x'.repeat(6 * 1024 * 1024),
          'trojan.ts': 'const a = "\u202E nimda";\n',
          'say "ä".ts': 'const a = "\u200B";\n',
          'was-bytes': 'const a = "\u200B";\n',
          readme: 'x\n',
        },
      },
    );
    expect(found(changes)).toEqual({
      executable: ['new.sh'],
      symlink: ['a/inside'],
      symlink_outside: ['a/up-and-down', 'absolute', 'climbs', 'into-git'],
      binary_file: ['image.png'],
      large_file: ['big.txt'],
      oversized_file: ['huge.txt'],
      unportable_name: ['say "ä".ts'],
      name_collision: ['readme'],
      hidden_characters: ['say "ä".ts', 'trojan.ts', 'was-bytes'],
    });
  });

  it('sees submodules that come or go, links that become files, and odd names', () => {
    expect(rules({ path: 'lib', status: 'deleted', previousMode: '160000' })).toEqual([
      'submodule',
    ]);
    expect(rules({ path: 'lib', status: 'modified', previousMode: '160000' })).toEqual([
      'submodule',
    ]);
    expect(rules({ path: 'l', status: 'modified', previousMode: '120000' })).toEqual(['symlink']);
    for (const path of [
      'a\u202Eb.ts',
      'a\nb',
      '.GIT/config',
      'x/.g\u200Cit/hooks',
      'git~1/x',
      'd/'.repeat(51),
      'n'.repeat(256),
    ])
      expect(rules({ path }), JSON.stringify(path)).toEqual(['file_name']);
  });

  it('reads what an installation runs out of a manifest, however it is written', async () => {
    const before = '{\n  "scripts": {\n    "postinstall":\n      "node a.js"\n  }\n}\n';
    const flagged = async (after: string) =>
      found(
        await changed({ files: { 'package.json': before } }, { files: { 'package.json': after } }),
      )['install_script'] !== undefined;
    expect(await flagged(before.replace('a.js', 'evil.js'))).toBe(true);
    expect(await flagged(before.replace('}', ',"test": "x"}').replace('"\n  ,', '",'))).toBe(false);
  });

  it('ends as a refusal that names rule and file where a rule blocks, and else as lines', () => {
    const owners = made({ path: 'CODEOWNERS' });
    expect(() => judgeGate(owners)).toThrow(/`code_owners`.*`CODEOWNERS`/);
    expect(judgeGate(owners, [])).toEqual(['`code_owners`: who has to review what: `CODEOWNERS`']);
    const lock = made({ path: 'yarn.lock' });
    expect(judgeGate(lock)).toHaveLength(1);
    expect(() => judgeGate(lock, ['lockfile'])).toThrow(/`lockfile`/);
  });

  it('is loosened by the server alone, and made stricter by anyone', () => {
    fc.assert(
      fc.property(
        fc.subarray([...GateRule.options]),
        fc.subarray([...GateRule.options]),
        fc.subarray([...GateRule.options]),
        (block, flag, file) => {
          const server = { block, flag };
          const alone = blockingRules(server);
          const together = blockingRules(server, { block: file });
          expect(together).toEqual(expect.arrayContaining([...alone, ...file]));
          for (const rule of flag) expect(alone.includes(rule)).toBe(block.includes(rule));
        },
      ),
    );
  });

  it('tells from a diff what stood there before', () => {
    const now = 'a\nB\nc\nd\nnew\n';
    const hunks = ['@@ -1,4 +1,5 @@', ' a', '-b', '+B', ' c', ' d', '+new', ''];
    expect(textBefore(now, hunks)).toBe('a\nb\nc\nd\n');
    expect(textBefore(now, ['@@ -1 +1 @@', '+other'])).toBeUndefined();
  });
});
