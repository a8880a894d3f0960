import { type Facts, factsByName } from './facts.ts';

/** Replaced modules and the toolchain that go fetches. Source: Go, "Go Modules Reference". */
export function goSources(text: string): Facts {
  let block = '';
  const found: [string, string][] = [];
  for (const line of lines(linesOf(text), /\/\/.*$/)) {
    const start = /^(\w+) ?\($/.exec(line);
    if (start) block = start[1] ?? '';
    else if (line === ')') block = '';
    else {
      const whole = `${block} ${line}`.trim();
      if (/^(?:replace|toolchain|tool|use|godebug)\s/.test(whole)) found.push([whole, '']);
    }
  }
  return factsByName(found);
}

/** A text without a backslash, which could have it end elsewhere. Lines hold single spaces only by then. */
const literal = String.raw`(?:"[^"#\\]*"|'[^'\\]*')`;
const list = String.raw`\[? ?${literal}(?: ?, ?${literal})* ?\]?`;

/** Lines of a Gemfile that only name gems of rubygems.org; it is a program, so that all others count. */
export function gemfileSources(text: string): Facts {
  const value = String.raw`(?:false|true|nil|:\w+|${literal}|\[[:"'\w ,]*\])`;
  const options = String.raw`(?: ?, ?(?:require:|groups?:|platforms?:|:require ?=>|:group ?=>) ?${value})*`;
  return linesBut(linesOf(text), /^#.*$| #[^"'{]*$/, [
    new RegExp(String.raw`^gem[ (] ?${literal}(?: ?, ?${literal})*${options} ?\)?$`),
    /^source[ (] ?["']https:\/\/rubygems\.org\/?["'] ?\)?$/,
    /^group[ (][:"'\w ,]+\)? do$/,
    /^(?:end|gemspec|ruby ["'][\d.~> ]+["'])$/,
  ]);
}

/** Lines of a gemspec that only set texts and plain dependencies; it is a program, so that all others count. */
export function gemspecBuild(text: string): Facts {
  const plain =
    'name|version|summary|description|author|authors|email|homepage|license|licenses|required_ruby_version|metadata\\[["\'][\\w-]+["\']\\]';
  return linesBut(linesOf(text), /^#.*$/, [
    new RegExp(String.raw`^\w+\.(?:${plain}) ?= ?${list}(?:\.freeze)?$`),
    new RegExp(
      String.raw`^\w+\.add_(?:development_|runtime_)?dependency[ (] ?${literal}(?: ?, ?${literal})* ?\)?$`,
    ),
    /^end$/,
  ]);
}

/** What setuptools runs or takes from elsewhere. Source: setuptools, "Configuring setuptools using setup.cfg files". */
export function setupCfgBuild(text: string): Facts {
  const sections =
    /^(?:global|aliases|easy_install|develop|egg_info|sdist|(?:build|install|bdist)[\w-]*|options\.entry_points)$/i;
  const names =
    /^(?:setup[_-]requires|cmdclass|ext[_-]modules|dependency[_-]links|setup[_-]hooks|entry[_-]points)$/i;
  return iniFacts(
    text,
    ({ section, key, value }) =>
      sections.test(section) ||
      names.test(key) ||
      /@|:\/\//.test(dependencyOf(section, key, value)),
  );
}

function dependencyOf(section: string, key: string, value: string): string {
  const holds = /requires$/i.test(key) || /^options\.extras_require$/i.test(section);
  return holds ? value : '';
}

type IniEntry = Readonly<{ section: string; key: string; value: string }>;

/** A line that is indented goes on with the value before it. Source: Python, `configparser`. */
function iniFacts(text: string, counts: (entry: IniEntry) => boolean): Facts {
  const entries: IniEntry[] = [];
  let section = '';
  let indent = Infinity;
  for (const line of text.split(/\r?\n|\r/)) {
    const said = line.trim();
    const depth = line.length - line.trimStart().length;
    const last = entries.at(-1);
    if (said === '' || /^[#;]/.test(said)) continue;
    if (depth > indent && last) {
      entries.splice(-1, 1, { ...last, value: `${last.value}\n${said}` });
      continue;
    }
    const header = /^\[(.+)\]/.exec(said);
    if (header) section = (header[1] ?? '').trim();
    else entries.push({ section, ...entryOf(said) });
    indent = header ? Infinity : depth;
  }
  return factsByName(
    entries.filter(counts).map(({ section: at, key, value }) => [`${at}.${key}`, value]),
  );
}

function entryOf(line: string): Readonly<{ key: string; value: string }> {
  const [key = '', ...rest] = line.split(/[=:]/);
  return { key: key.trim(), value: rest.join('=').trim() };
}

/** Returns the lines that no pattern takes for harmless. The patterns see single spaces and no comment. Pure. */
export function linesBut(
  all: readonly string[],
  comment: RegExp,
  harmless: readonly RegExp[],
): Facts {
  const odd = lines(all, comment).filter(
    (line) => line.length > longestLine || !harmless.some((plain) => plain.test(line)),
  );
  return factsByName(odd.map((line) => [line, '']));
}

/** Longer lines are not matched against patterns: that could take very long. */
const longestLine = 1_000;

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n|\r/);
}

function lines(all: readonly string[], comment: RegExp): readonly string[] {
  return all
    .map((line) => line.replaceAll(/[ \t]+/g, ' ').trim())
    .map((line) => (line.length > longestLine ? line : line.replace(comment, '').trim()))
    .filter((line) => line !== '');
}
