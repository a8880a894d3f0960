import { type Facts, factsByName } from './facts.ts';
import { type TomlEntry, tomlEntries, tomlStrings, touches } from './toml-entries.ts';

/** The tables of which everything counts, and the lists of dependencies of which those from elsewhere do. */
type Places = Readonly<{ all?: readonly string[]; foreign?: readonly string[] }>;

/** Build scripts, what they are built with, and code that the compiler runs. Source: The Cargo Book, "The Manifest Format". */
const cargoBuild: Places = {
  all: [
    'package.build',
    'package.links',
    'project.build',
    'project.links',
    'lib.proc-macro',
    'lib.proc_macro',
    'build-dependencies',
    'build_dependencies',
    'target.*.build-dependencies',
    'target.*.build_dependencies',
  ],
};

const cargoSources: Places = {
  all: ['patch', 'replace'],
  foreign: [
    'dependencies',
    'dev-dependencies',
    'dev_dependencies',
    'build-dependencies',
    'build_dependencies',
    'workspace.dependencies',
    'target.*.dependencies',
    'target.*.dev-dependencies',
    'target.*.dev_dependencies',
    'target.*.build-dependencies',
    'target.*.build_dependencies',
  ],
};

/** Build backends and the hooks of the common ones. Source: PEP 517 and the backends' own manuals. */
const pythonBuild: Places = {
  all: [
    'build-system',
    'tool.setuptools.cmdclass',
    'tool.setuptools.ext-modules',
    'tool.hatch.build',
    'tool.hatch.metadata',
    'tool.hatch.env',
    'tool.hatch.envs.*.pre-install-commands',
    'tool.hatch.envs.*.post-install-commands',
    'tool.poetry.build',
    'tool.poetry.requires-plugins',
    'tool.pdm.build',
    'tool.pdm.plugins',
    'tool.pdm.scripts',
    'tool.uv.build-constraint-dependencies',
    'tool.uv.extra-build-dependencies',
    'tool.scikit-build',
    'tool.maturin',
    'tool.cibuildwheel',
  ],
};

const pythonSources: Places = {
  all: [
    'tool.uv.sources',
    'tool.uv.index',
    'tool.uv.index-url',
    'tool.uv.extra-index-url',
    'tool.uv.find-links',
    'tool.uv.pip',
    'tool.uv.constraint-dependencies',
    'tool.uv.override-dependencies',
    'tool.poetry.source',
    'tool.pdm.source',
    'tool.pdm.resolution',
  ],
  foreign: [
    'project.dependencies',
    'project.optional-dependencies',
    'dependency-groups',
    'tool.uv.dev-dependencies',
    'tool.uv.build-constraint-dependencies',
    'tool.uv.extra-build-dependencies',
    'tool.poetry.dependencies',
    'tool.poetry.dev-dependencies',
    'tool.poetry.group.*.dependencies',
    'tool.pdm.dev-dependencies',
    'tool.hatch.envs.*.dependencies',
    'tool.hatch.envs.*.extra-dependencies',
  ],
};

const pipfileSources: Places = { all: ['source'], foreign: ['packages', 'dev-packages'] };

/** What a `Cargo.toml` runs at a build, and what it takes from elsewhere. */
export const cargoManifest = reader(cargoBuild, cargoSources);

/** What a `pyproject.toml` runs at a build or an installation, and what it takes from elsewhere. */
export const pythonProject = reader(pythonBuild, pythonSources);

/** What a `Pipfile` takes from elsewhere. */
export const pipfile = reader(pipfileSources);

function reader(...wanted: readonly Places[]): (text: string) => readonly Facts[] {
  return (text) => {
    const entries = tomlEntries(text);
    if (!entries) throw new Error('The file is no TOML');
    return wanted.map((places) => factsAt(places, entries));
  };
}

function factsAt({ all = [], foreign = [] }: Places, entries: readonly TomlEntry[]): Facts {
  return factsByName(
    entries.flatMap((entry) =>
      all.some((place) => touches(entry, place))
        ? [[entry.path.join('.'), entry.value] as const]
        : foreign.flatMap((place) => (touches(entry, place) ? fromElsewhere(entry, place) : [])),
    ),
  );
}

const keys = 'git|path|url|file|registry|registry-index|index|source|package|branch|tag|rev|ref';
const elsewhere = new RegExp(`^(?:${keys})$`);
/** A backslash counts as well: a key or an address may be written with it. */
const elsewhereInside = new RegExp(`[{,.\\s"'](?:${keys})["']?\\s*=|\\\\`, 'i');

/** A table, a key of one, or a text in a list that names a place. */
function fromElsewhere({ path, value }: TomlEntry, place: string): (readonly [string, string])[] {
  const name = path.join('.');
  const isKey = path.length > place.split('.').length + 1;
  if (isKey && elsewhere.test(path.at(-1) ?? '')) return [[name, value]];
  if (elsewhereInside.test(value)) return [[name, value]];
  return tomlStrings(value)
    .filter((text) => /@|:\/\//.test(text))
    .map((text) => [`${name} ${text}`, text]);
}
