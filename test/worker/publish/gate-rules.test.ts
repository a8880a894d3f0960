import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { GateFile } from '../../../worker/publish/gate/gate-file.ts';
import { findingsIn } from '../../../worker/publish/gate/gate.ts';
import { tomlEntries } from '../../../worker/publish/gate/toml-entries.ts';
import { withNamed } from '../../../worker/publish/gate/with-named.ts';
import { nameCollisions } from '../../../worker/workspace/name-collisions.ts';
import { shownPath } from '../../../worker/publish/shown-path.ts';
import { unquoted } from '../../../worker/publish/unquoted.ts';

/** A text file that had one text and has another, as a diff of all its lines would tell. */
function edited(path: string, before: string | undefined, now: string): GateFile {
  const content = Buffer.from(now);
  const [removed, added] = [before?.split('\n') ?? [], now.split('\n')];
  const head = `@@ -1,${String(removed.length)} +1,${String(added.length)} @@`;
  return {
    path,
    mode: '100644',
    modeBefore: before === undefined ? undefined : '100644',
    size: content.length,
    content,
    added,
    hunks: [head, ...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)],
    collides: false,
  };
}

function withScripts(count: number): string {
  const scripts = Array.from({ length: count }, (_, at) => [`s${String(at)}`, 'x']);
  return JSON.stringify({ scripts: Object.fromEntries(scripts) });
}

function rulesOf(file: GateFile): readonly string[] {
  return findingsIn([file]).map(({ rule }) => rule);
}

type Manifest = Readonly<{
  path: string;
  before: string;
  /** What a line becomes, and the rule that it then meets. */
  met: readonly (readonly [rule: string, from: string, to: string])[];
  /** What meets no rule. */
  harmless: readonly (readonly [from: string, to: string])[];
}>;

const packageJson = `{
  "name": "a",
  "scripts": { "prepare": "npm run build", "build": "tsc", "test": "vitest" },
  "dependencies": { "a": "^1.0.0" },
  "end": 1
}`;
const cargo = `[package]
name = "a"
version = "1.0.0"
[dependencies]
url = "2"
serde = { version = "1", features = ["derive"] }
`;
const pyproject = `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "a"
dependencies = [
  "requests>=2", # not "evil @ git+https://example.com/evil"
]
[project.urls]
home = "https://example.com"
[tool.ruff]
line-length = 100
`;
const setupCfg = `[metadata]
name = a
[options]
install_requires =
    requests>=2
[flake8]
max-line-length = 100
`;
const gemfile = `source "https://rubygems.org"
gem "rails", "~> 8.0", require: false # the web
group :test do
  gem "rspec"
end
`;
const gemspec = `Gem::Specification.new do |spec|
  spec.name = "a"
  spec.version = "1.0.0"
  spec.add_dependency "b", "~> 1.0"
end
`;
const composer = `{
  "require": { "a/b": "^1" },
  "scripts": { "post-install-cmd": ["@build"], "build": "x", "test": "phpunit" },
  "end": 1
}`;
const pnpm = `packages:
  - a/*
catalog:
  a: ^1.0.0
onlyBuiltDependencies:
  - esbuild
`;

const manifests: readonly Manifest[] = [
  {
    path: 'web/package.json',
    before: packageJson,
    met: [
      ['install_script', '"test":', '"postinstall": "node x.js", "test":'],
      ['install_script', '"test":', '"pr\\u0065install": "node x.js", "test":'],
      ['install_script', '"build": "tsc"', '"build": "curl x"'],
      ['install_script', '"build": "tsc"', '"build": "tsc\\nnpm run test"'],
      ['install_script', '"build": "tsc"', '"build": "run-s te*"'],
      ['install_script', '"test":', '"prebuild": "x", "test":'],
      ['install_script', '"end": 1', '"pnpm": { "onlyBuiltDependencies": ["a"] }'],
      ['install_script', '"end": 1', '"trustedDependencies": ["a"]'],
      ['install_script', '"end": 1', 'not json'],
      ['install_script', '"test":', '"pnpm:devPreinstall": "x", "test":'],
      ['install_script', '"end": 1', '"devEngines": { "packageManager": { "name": "x" } }'],
      ['git_config', '"end": 1', '"simple-git-hooks": { "pre-commit": "x" }'],
      ['dependency_source', '"^1.0.0"', '"git+ssh://git@example.com/a.git"'],
      ['dependency_source', '"^1.0.0"', '"somebody/a"'],
      ['dependency_source', '"^1.0.0"', '"https://example.com/a.tgz"'],
      ['dependency_source', '"^1.0.0"', '"file:../a"'],
      ['dependency_source', '"^1.0.0"', '"npm:b@1"'],
      ['dependency_source', '"end": 1', '"overrides": { "b": "1.0.0" }'],
    ],
    harmless: [
      ['"vitest"', '"vitest run"'],
      ['"^1.0.0"', '"^1.1.0 || >=2.0.0-rc.1 <3"'],
      ['"^1.0.0"', '"workspace:^"'],
      ['"end": 1', '"devDependencies": { "c": "latest" }'],
    ],
  },
  {
    path: 'Cargo.toml',
    before: cargo,
    met: [
      ['install_script', 'name =', 'build = "tools/gen.rs"\nname ='],
      ['install_script', 'name =', '"b\\u0075ild" = "x.rs"\nname ='],
      ['install_script', '[package]', 'package.build = "x.rs"\n[package]'],
      ['install_script', '[dependencies]', '[build-dependencies]\ncc = "1"\n[dependencies]'],
      ['install_script', '[dependencies]', "[target.'cfg(unix)'.build-dependencies]\ncc='1'\n[x]"],
      ['install_script', '[dependencies]', '[lib]\nproc-macro = true\n[dependencies]'],
      ['install_script', 'name =', '"b\\x75ild" = "x.rs"\nname ='],
      ['install_script', 'name = "a"', 'description = """\\""" """\nbuild = "x.rs"\n#"""'],
      ['install_script', 'name = "a"', 'description = "\nbuild = x\n'],
      ['install_script', 'name = "a"', 'name'],
      ['dependency_source', 'url = "2"', 'url = { git = "https://example.com/url" }'],
      ['dependency_source', 'url = "2"', 'url.path = "../url"'],
      ['dependency_source', '[dependencies]', '[dependencies.x]\ngit = "x"\n[dependencies]'],
      ['dependency_source', '[package]', '[dev_dependencies]\nb.path = "x"\n[package]'],
      [
        'dependency_source',
        '[package]',
        "[target.'cfg(all())'.dev_dependencies]\nb.path = 'x'\n[package]",
      ],
      [
        'dependency_source',
        '[package]',
        "[target.'cfg(all())']\ndependencies = { foo.path = 'evil' }\n[package]",
      ],
      ['dependency_source', '[dependencies]', '[patch.crates-io]\na = "1"\n[dependencies]'],
    ],
    harmless: [
      ['url = "2"', 'url = "3"'],
      ['version = "1"', 'version = "1.2"'],
      ['"1.0.0"', '"1.0.1" # [build-dependencies]'],
      ['[dependencies]', '[profile.release]\nlto = true\n[dependencies]'],
    ],
  },
  {
    path: 'pyproject.toml',
    before: pyproject,
    met: [
      ['install_script', '"hatchling.build"', '"own"\nbackend-path = ["."]'],
      ['install_script', '["hatchling"]', '["hatchling", "evil"]'],
      [
        'install_script',
        '[tool.ruff]',
        '[tool.hatch.build.hooks.custom]\npath = "x.py"\n[tool.ruff]',
      ],
      ['install_script', '[tool.ruff]', '[tool.setuptools.cmdclass]\nbuild = "x"\n[tool.ruff]'],
      ['dependency_source', '"requests>=2"', '"requests @ https://example.com/r.whl"'],
      ['dependency_source', '"requests>=2"', '"requests @ git+https://example.com/r"'],
      ['dependency_source', '"requests>=2"', '"""evil \\\n @ https://example.com/x.zip"""'],
      ['dependency_source', '"requests>=2"', "'''evil\n @ https://example.com/x.zip'''"],
      ['dependency_source', '[tool.ruff]', '[tool.uv]\nconstraint-dependencies = ["a==1"]\n[x]'],
      ['install_script', '[tool.ruff]', '[tool.uv]\nbuild-constraint-dependencies = ["a==1"]\n[x]'],
      [
        'install_script',
        '[tool.ruff]',
        '[tool.uv.extra-build-dependencies]\na = ["evil"]\n[tool.ruff]',
      ],
      ['install_script', '[tool.ruff]', '[tool.pdm.scripts]\npost_install = "x"\n[tool.ruff]'],
      [
        'install_script',
        '[tool.ruff]',
        '[tool.hatch.envs.default]\npre-install-commands = ["x"]\n[tool.ruff]',
      ],
      [
        'install_script',
        '[tool.ruff]',
        '[tool.hatch.envs.default]\npost-install-commands = ["x"]\n[tool.ruff]',
      ],
      ['dependency_source', '[tool.ruff]', '[tool.uv.sources]\na = { path = "a" }\n[tool.ruff]'],
      ['dependency_source', '[tool.ruff]', '[[tool.uv.index]]\nurl = "x"\n[tool.ruff]'],
      ['dependency_source', '[tool.ruff]', '[tool.poetry.dependencies]\na = {url = "x"}\n[x]'],
    ],
    harmless: [
      ['"requests>=2"', '"requests>=3", "other[x]~=1.0"'],
      ['line-length = 100', 'line-length = 120'],
      ['https://example.com"\n[', 'https://example.org"\n['],
      ['evil @', 'worse @'],
    ],
  },
  {
    path: 'Pipfile',
    before: '[packages]\na = "*"\n',
    met: [
      ['dependency_source', 'a = "*"', 'a = {git = "https://example.com/a"}'],
      ['dependency_source', '[packages]', '[[source]]\nurl = "https://example.com"\n[packages]'],
    ],
    harmless: [['"*"', '"==1.0"']],
  },
  {
    path: 'setup.cfg',
    before: setupCfg,
    met: [
      ['install_script', '[flake8]', '[build_ext]\ninplace = 1\n[flake8]'],
      ['install_script', '[options]', '[options]\nsetup_requires = evil'],
      ['install_script', '[flake8]', '[flake8]\n  [build_ext]\n  x = 1'],
      ['install_script', 'name = a', ' name = a\n setup_requires = evil'],
      [
        'install_script',
        '[flake8]',
        '[options.entry_points]\ndistutils.commands =\n  a = b:c\n[x]',
      ],
      ['install_script', 'requests>=2', 'requests @ https://example.com/r.whl'],
    ],
    harmless: [
      ['= 100', '= 120'],
      ['requests>=2', 'requests>=3'],
    ],
  },
  {
    path: 'requirements-dev.txt',
    before: 'requests==2.0 # https://example.com\n-r base.txt\n',
    met: [
      ['dependency_source', '-r base.txt', '-e git+https://example.com/a#egg=a'],
      ['dependency_source', '-r base.txt', '--extra-index-url https://example.com'],
      ['dependency_source', '-r base.txt', 'a @ https://example.com/a.whl'],
      ['dependency_source', '-r base.txt', './a.whl'],
      ['dependency_source', '-r base.txt', 'a.whl'],
      ['dependency_source', '-r base.txt', '.'],
      ['dependency_source', '-r base.txt', '-r https://example.com/base.txt'],
      ['dependency_source', '-r base.txt', 'a==1 --global-option=x'],
      ['dependency_source', '-r base.txt', '# fine \\\n--index-url https://example.com'],
      ['dependency_source', '-r base.txt', 'b \\\n--index-url https://example.com'],
      ...['\v', '\f', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029'].map(
        (end) =>
          [
            'dependency_source',
            '-r base.txt',
            `# fine${end}--index-url https://a.example`,
          ] as const,
      ),
      ['dependency_source', 'requests', '# coding: utf-7\nrequests'],
      ['dependency_source', 'requests', '#\n# vim: fileencoding=utf-7\nrequests'],
      ['dependency_source', '-r base.txt', '-r evil.lst'],
      ['dependency_source', '-r base.txt', '-c ../../requirements.txt'],
      ['dependency_source', '-r base.txt', 'EVIL.ZIP'],
      ['dependency_source', '-r base.txt', 'evil.tlz'],
      ['dependency_source', '-r base.txt', 'evil==1.zip'],
      ['dependency_source', '-r base.txt', 'evil==1/folder'],
    ],
    harmless: [
      ['==2.0', '==2.1'],
      ['-r base.txt', '-r more/requirements.in\n-c constraints.txt'],
      ['-r base.txt', '# fine \\\nb==1'],
      ['-r base.txt', `b${' '.repeat(2000)}>= 1`],
      ['-r base.txt', 'a[b,c]>=1,<2; python_version < "3.9" --hash=sha256:aa'],
      ['example.com', 'example.org'],
    ],
  },
  {
    path: 'go.mod',
    before: 'module a\n\ngo 1.26\n\nrequire b.example/b v1.0.0\n',
    met: [
      ['dependency_source', 'go 1.26', 'go 1.26\nreplace b.example/b => c.example/c v1.0.0'],
      ['dependency_source', 'go 1.26', 'go 1.26\nreplace (\n\tb.example/b => ../b\n)'],
      ['dependency_source', 'go 1.26', 'go 1.26\ntoolchain go1.27.0'],
    ],
    harmless: [
      ['v1.0.0', 'v1.1.0 // replace'],
      ['require', 'exclude'],
    ],
  },
  {
    path: 'Gemfile',
    before: gemfile,
    met: [
      ['dependency_source', 'gem "rspec"', 'gem "rspec", git: "https://example.com/r"'],
      ['dependency_source', 'gem "rspec"', 'gem "rspec", github: "a/b"'],
      ['dependency_source', 'rubygems.org"', 'example.com"'],
      ['dependency_source', 'gem "rspec"', 'system("x")'],
      ['dependency_source', '"rspec"', '"#{`x`}"'],
      ['dependency_source', 'gem "rspec"', `gem "x\\", ", system(%q(id)), ", 'abc" # '`],
      ['dependency_source', 'gem "rspec"', `gem 'x\\', ', system(%q(id)), ', "abc' # "`],
    ],
    harmless: [
      ['group :test do', `group${' '.repeat(2000)}:test,\t:development do`],
      ['8.0', '8.1'],
      ['gem "rspec"', 'gem "rspec", "~> 3", group: [:test, :development]'],
    ],
  },
  {
    path: 'a.gemspec',
    before: gemspec,
    met: [
      ['install_script', 'spec.version', 'spec.extensions = ["ext/extconf.rb"]\n  spec.version'],
      ['install_script', '"1.0.0"', '`x`'],
    ],
    harmless: [
      ['1.0.0', '1.0.1'],
      ['"~> 1.0"', '"~> 2.0"'],
    ],
  },
  {
    path: 'composer.json',
    before: composer,
    met: [
      ['install_script', '["@build"]', '["@build", "curl x"]'],
      ['install_script', '"build": "x"', '"build": "y"'],
      ['install_script', '"end": 1', '"config": { "allow-plugins": true }'],
      ['install_script', '"end": 1', '"type": "composer-plugin"'],
      ['dependency_source', '"end": 1', '"repositories": [{ "type": "vcs", "url": "x" }]'],
    ],
    harmless: [
      ['phpunit', 'phpunit -v'],
      ['^1', '^2'],
    ],
  },
  {
    path: 'pnpm-workspace.yaml',
    before: pnpm,
    met: [
      ['install_script', '- esbuild', '- esbuild\n  - evil'],
      ['install_script', 'onlyBuiltDependencies:\n  - esbuild', ''],
      ['install_script', 'packages:', 'packages: &a []\nb: *a\nx:'],
      ['dependency_source', '- a/*', '- a/*\npackages: []'],
      ['dependency_source', 'packages:', '<<: { overrides: { a: 1.0.0 } }\npackages:'],
      ['install_script', 'packages:', 'dangerouslyAllowAllBuilds: true\npackages:'],
      ['dependency_source', '^1.0.0', 'https://example.com/a.tgz'],
      ['dependency_source', 'packages:', 'overrides:\n  a: 1.0.0\npackages:'],
    ],
    harmless: [
      ['- a/*', '- b/*'],
      ['^1.0.0', '^1.1.0'],
    ],
  },
];

const rows = manifests.flatMap(({ path, before, met }) =>
  met.map(([rule, from, to]) => ({ path, before, rule, from, to })),
);
const plain = manifests.flatMap(({ path, before, harmless }) =>
  harmless.map(([from, to]) => ({ path, before, from, to })),
);

describe('what a manifest runs or brings', () => {
  it.each(rows)('meets $rule in $path by $to', ({ path, before, rule, from, to }) => {
    expect(before).toContain(from);
    expect(
      rulesOf(
        edited(
          path,
          before,
          before.replace(from, () => to),
        ),
      ),
    ).toContain(rule);
  });

  it.each(plain)('meets nothing in $path by $to', ({ path, before, from, to }) => {
    expect(before).toContain(from);
    expect(
      rulesOf(
        edited(
          path,
          before,
          before.replace(from, () => to),
        ),
      ),
    ).toEqual([]);
  });

  it('is looked at as a whole where it is new, no text, or not known before', () => {
    const [path, now] = ['composer.json', composer];
    expect(rulesOf(edited(path, undefined, now))).toEqual(['install_script']);
    expect(rulesOf({ ...edited(path, now, now), hunks: ['@@ -1 +1 @@', '+x'] })).toEqual([
      'install_script',
    ]);
    const bytes = { ...edited('a.gemspec', gemspec, gemspec), content: Buffer.from('x\0') };
    expect(rulesOf(bytes)).toEqual(['install_script', 'binary_file']);
    expect(rulesOf({ ...edited(path, now, now), mode: undefined })).toEqual([]);
    const guessed = {
      ...edited('a.gemspec', gemspec, gemspec),
      content: Buffer.from([0xff, 0xfe]),
    };
    expect(rulesOf(guessed)).toEqual(['install_script']);
    const lost = edited('pnpm-workspace.yaml', 'a: *a\n', 'packages: []\n');
    expect(rulesOf(lost)).toEqual(['install_script']);
  });

  it('is taken for altered where it is too long to be read', () => {
    const space = ' '.repeat(256 * 1024);
    expect(rulesOf(edited('pnpm-workspace.yaml', pnpm, `${pnpm}#${space}`))).toEqual([
      'install_script',
      'dependency_source',
    ]);
    expect(rulesOf(edited('package.json', packageJson, packageJson + space))).toContain(
      'install_script',
    );
    const hashes = `a==1\n#${space}`;
    expect(rulesOf(edited('requirements.txt', 'a==1', hashes))).toEqual([]);
    expect(rulesOf(edited('requirements.txt', 'a==1', hashes.repeat(4)))).toContain(
      'dependency_source',
    );
  });

  it('is taken for altered where it has more scripts than anybody writes', () => {
    expect(rulesOf(edited('package.json', withScripts(999), withScripts(1000)))).toEqual([]);
    expect(rulesOf(edited('package.json', withScripts(1000), withScripts(1001)))).toContain(
      'install_script',
    );
  });

  it('is found by the sign of a pattern, which a bracket of the shell is not', () => {
    const scripts = {
      prepare: '[ -d a ] && run-p b* c:{x,y}',
      b1: 'x',
      'c:x': 'x',
      d: 'x',
      e: 'x',
    };
    expect(Object.keys(withNamed(scripts, /^prepare$/))).toEqual(['prepare', 'b1', 'c:x']);
    expect(Object.keys(withNamed({ a: 'run-s *', b: 'x' }, /^a$/))).toEqual(['a', 'b']);
    expect(Object.keys(withNamed({ a: 'cp *.d.ts dist', b: 'x' }, /^a$/))).toEqual(['a']);
    expect(Object.keys(withNamed({ a: 'run-s *:b', 'x:b': 'x', c: 'y' }, /^a$/))).toEqual([
      'a',
      'x:b',
    ]);
  });
});

describe('tomlEntries', () => {
  it('reads tables, dotted and quoted keys, and values over several lines', () => {
    const text =
      'a.b = 1 # c\n["x.y" . z]\n\'k\' = """\n[no]\n""" # d\nl = [\n  1, # ]\n  "#",\n]\n[[t]]\ni = { j = "}" }';
    expect(tomlEntries(text)?.map(({ path, value }) => [path.join('|'), value])).toEqual([
      ['a|b', '1'],
      ['x.y|z|k', '"""\n[no]\n"""'],
      ['x.y|z|l', '[\n  1, \n  "#",\n]'],
      ['t|i', '{ j = "}" }'],
    ]);
  });

  it('gives up on what is no TOML, and never takes long', () => {
    expect(tomlEntries('just words')).toBeUndefined();
    for (const text of [
      'a = "',
      "a = '''b",
      'a = 1\rb = 2',
      'a b = 1',
      '"\\n" = 1',
      '"\\\\u0041" = 1',
    ])
      expect(tomlEntries(text), text).toBeUndefined();
    // The name of a table is held for each of its entries.
    expect(tomlEntries(`[${'a.'.repeat(49)}a]\nb = 1`)).toHaveLength(1);
    expect(tomlEntries(`[${'a.'.repeat(50)}a]\nb = 1`)).toBeUndefined();
    for (const part of ['"\\"', "'", '"""', '[', '# ', '=']) tomlEntries(part.repeat(100_000));
  });
});

const names: readonly (readonly [rule: string, odd: string, harmless: string])[] = [
  ['file_name', 'a\u202Eb.ts', 'ab.ts'],
  ['file_name', 'a\u200Bb.ts', 'á.ts'],
  ['file_name', 'a\u{E0041}.ts', '🏳️.ts'],
  ['file_name', 'a\u0007.ts', 'a b.ts'],
  ['file_name', 'package\uFE0F.json', '❤\uFE0F.json'],
  ['file_name', 'pack\u2800age.json', 'pack⠁age.json'],
  ['file_name', 'x/.git /config', 'x/.github'],
  ['unportable_name', 'a.ts ', 'a .ts'],
  ['unportable_name', 'folder./a.ts', '.folder/a.ts'],
  ['unportable_name', 'aux.c', 'auxiliary.c'],
  ['unportable_name', 'x/COM1', 'x/COM10'],
  ['unportable_name', 'a.ts:hidden', 'a.ts-hidden'],
  ['unportable_name', 'a\\b', 'a/b'],
];

describe('names of files', () => {
  it.each(names)('meet %s with %j and not with %j', (rule, odd, harmless) => {
    expect(rulesOf(edited(odd, undefined, 'x'))).toEqual([rule]);
    expect(rulesOf(edited(harmless, undefined, 'x'))).toEqual([]);
  });

  it('meet name_collision where another one differs by case or Unicode form only', () => {
    const now = ['src/a.ts', 'É', 'two', 'Two'];
    const odd = ['src/A.ts', 'Src/b.ts', 'E\u0301'];
    const added = [...odd, 'B', 'src/c.ts', 'E', 'two/more'];
    expect(nameCollisions({ now: [...now, ...added], added, deleted: ['b'] })).toEqual(odd);
    const taken = { ...edited('A', undefined, 'x'), collides: true };
    expect(rulesOf(taken)).toEqual(['name_collision']);
  });

  it('are looked at once each, however deep they lie', () => {
    const added = Array.from({ length: 20 }, (_, at) => `${'Folder/'.repeat(99)}${String(at)}`);
    const normalize = vi.spyOn(String.prototype, 'normalize');
    onTestFinished(() => normalize.mockRestore());
    expect(nameCollisions({ now: added, added, deleted: [] })).toEqual([]);
    const looked = normalize.mock.contexts.map((name) => String(name).length);
    const all = added.join('').length;
    expect(looked.reduce((sum, length) => sum + length, 0)).toBeLessThan(4 * all);
  });

  it('are read out of the form in which git quotes them', () => {
    expect(unquoted('"a/\\303\\244\\342\\200\\256\\t\\"\\\\b"')).toBe('a/ä\u202E\t"\\b');
    expect(unquoted('a "b"')).toBe('a "b"');
    expect(unquoted('"ä\\n"')).toBe('ä\n');
  });

  it('are shown so that every character is seen, on one line, and forge nothing', () => {
    expect(shownPath('src/a b.ts')).toBe('`src/a b.ts`');
    expect(shownPath(' a\u202E\u00A0b\n/ c ')).toBe(
      '`\\u{20}a\\u{202e}\\u{a0}b\\u{a}/\\u{20}c\\u{20}`',
    );
    expect(shownPath('a\uFE0F\u2800❤\uFE0F\uFE0F')).toBe('`a\\u{fe0f}\\u{2800}❤\uFE0F\\u{fe0f}`');
    expect(shownPath('a`b\\u{20}')).toBe('``a`b\\\\u{20}``');
    expect(shownPath('<!-- /cody-batch:flags -->')).not.toContain('<!--');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (path) => {
        expect(shownPath(path)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|<!--/u);
        expect(Array.from(shownPath(path)).length).toBeLessThan(310);
      }),
      { numRuns: 20 },
    );
  });
});
