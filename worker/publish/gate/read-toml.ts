import { type Facts, factsByName } from './facts.ts';
import { type TomlEntry, tomlEntries, touches } from './toml-entries.ts';

/** The tables of which everything counts, and the lists of dependencies of which those from elsewhere do. */
type Places = Readonly<{ all?: readonly string[]; foreign?: readonly string[] }>;

/** Build scripts, what they are built with, and code that the compiler runs. Source: The Cargo Book, "The Manifest Format". */
export const cargoBuild = reader({
  all: [
    'package.build',
    'package.links',
    'project.build',
    'lib.proc-macro',
    'lib.proc_macro',
    'build-dependencies',
    'build_dependencies',
    'target.*.build-dependencies',
    'target.*.build_dependencies',
  ],
});

export const cargoSources = reader({
  all: ['patch', 'replace'],
  foreign: [
    'dependencies',
    'dev-dependencies',
    'build-dependencies',
    'workspace.dependencies',
    'target.*.dependencies',
    'target.*.dev-dependencies',
    'target.*.build-dependencies',
  ],
});

/** Build backends and the hooks of the common ones. Source: PEP 517 and the backends' own manuals. */
export const pythonBuild = reader({
  all: [
    'build-system',
    'tool.setuptools.cmdclass',
    'tool.setuptools.ext-modules',
    'tool.hatch.build',
    'tool.hatch.metadata',
    'tool.poetry.build',
    'tool.poetry.requires-plugins',
    'tool.pdm.build',
    'tool.scikit-build',
    'tool.maturin',
    'tool.cibuildwheel',
  ],
});

export const pythonSources = reader({
  all: [
    'tool.uv.sources',
    'tool.uv.index',
    'tool.uv.index-url',
    'tool.uv.extra-index-url',
    'tool.uv.find-links',
    'tool.uv.pip',
    'tool.poetry.source',
    'tool.pdm.source',
  ],
  foreign: [
    'project.dependencies',
    'project.optional-dependencies',
    'dependency-groups',
    'tool.uv.dev-dependencies',
    'tool.uv.override-dependencies',
    'tool.poetry.dependencies',
    'tool.poetry.dev-dependencies',
    'tool.poetry.group.*.dependencies',
    'tool.pdm.dev-dependencies',
    'tool.hatch.envs.*.dependencies',
  ],
});

export const pipfileSources = reader({ all: ['source'], foreign: ['packages', 'dev-packages'] });

function reader({ all = [], foreign = [] }: Places): (text: string) => Facts {
  return (text) => {
    const entries = tomlEntries(text);
    if (!entries) throw new Error('The file is no TOML');
    return factsByName(
      entries.flatMap((entry) =>
        all.some((place) => touches(entry, place))
          ? [[entry.path.join('.'), entry.value] as const]
          : foreign.flatMap((place) => (touches(entry, place) ? fromElsewhere(entry, place) : [])),
      ),
    );
  };
}

const keys = 'git|path|url|file|registry|registry-index|index|source|package|branch|tag|rev|ref';
const elsewhere = new RegExp(`^(?:${keys})$`);
const elsewhereInside = new RegExp(`[{,\\s"'](?:${keys})["']?\\s*=|\\\\u`, 'i');

/** A table, a key of one, or a text in a list that names a place. */
function fromElsewhere({ path, value }: TomlEntry, place: string): (readonly [string, string])[] {
  const name = path.join('.');
  const isKey = path.length > place.split('.').length + 1;
  if (isKey && elsewhere.test(path.at(-1) ?? '')) return [[name, value]];
  if (elsewhereInside.test(value)) return [[name, value]];
  const texts = value.match(/"(?:[^"\\]|\\.)*"|'[^']*'/g) ?? [];
  return texts.filter((text) => /@|:\/\//.test(text)).map((text) => [`${name} ${text}`, text]);
}
