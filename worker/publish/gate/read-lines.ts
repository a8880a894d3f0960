import { type Facts, factsByName } from './facts.ts';

/** What a requirements file takes from elsewhere than the usual index. Source: pip, "Requirements File Format". */
export function requirementSources(text: string): Facts {
  const archive = String.raw`(?![\w.-]*\.(?:whl|egg|zip|tar|tgz|tbz|txz|gz|bz2|xz)\b)`;
  const plain = [
    new RegExp(
      String.raw`^${archive}\w[\w.-]*\s*(?:\[[\w\s.,-]*\])?\s*(?:[(=<>!~;](?!.*\s-(?!-hash=))[^@]*)?$`,
    ),
    /^(?:-r|--requirement|-c|--constraint)[ =][^:]*$/,
  ];
  return linesBut(text.replaceAll(/\\\r?\n/g, ' '), /(?:^|\s)#.*$/, plain);
}

/** Replaced modules and the toolchain that go fetches. Source: Go, "Go Modules Reference". */
export function goSources(text: string): Facts {
  let block = '';
  const found: [string, string][] = [];
  for (const line of lines(text, /\/\/.*$/)) {
    const start = /^(\w+)\s*\($/.exec(line);
    if (start) block = start[1] ?? '';
    else if (line === ')') block = '';
    else {
      const whole = `${block} ${line}`.trim();
      if (/^(?:replace|toolchain|tool|use|godebug)\s/.test(whole)) found.push([whole, '']);
    }
  }
  return factsByName(found);
}

const literal = String.raw`(?:"[^"#]*"|'[^']*')`;
const list = String.raw`\[?\s*${literal}(?:\s*,\s*${literal})*\s*\]?`;

/** Lines of a Gemfile that only name gems of rubygems.org; it is a program, so that all others count. */
export function gemfileSources(text: string): Facts {
  const value = String.raw`(?:false|true|nil|:\w+|${literal}|\[[:"'\w\s,]*\])`;
  const options = String.raw`(?:\s*,\s*(?:require:|groups?:|platforms?:|:require\s*=>|:group\s*=>)\s*${value})*`;
  return linesBut(text, /^#.*$|\s#[^"'{]*$/, [
    new RegExp(String.raw`^gem[\s(]\s*${literal}(?:\s*,\s*${literal})*${options}\s*\)?$`),
    /^source[\s(]\s*["']https:\/\/rubygems\.org\/?["']\)?$/,
    /^group(?:\s+|\()[:"'\w\s,]+\)?\s+do$/,
    /^(?:end|gemspec|ruby\s+["'][\d.~> ]+["'])$/,
  ]);
}

/** Lines of a gemspec that only set texts and plain dependencies; it is a program, so that all others count. */
export function gemspecBuild(text: string): Facts {
  const plain =
    'name|version|summary|description|author|authors|email|homepage|license|licenses|required_ruby_version|metadata\\[["\'][\\w-]+["\']\\]';
  return linesBut(text, /^#.*$/, [
    new RegExp(String.raw`^\w+\.(?:${plain})\s*=\s*${list}(?:\.freeze)?$`),
    new RegExp(
      String.raw`^\w+\.add_(?:development_|runtime_)?dependency[\s(]\s*${literal}(?:\s*,\s*${literal})*\s*\)?$`,
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

function linesBut(text: string, comment: RegExp, harmless: readonly RegExp[]): Facts {
  const odd = lines(text, comment).filter(
    (line) => line.length > longestLine || !harmless.some((plain) => plain.test(line)),
  );
  return factsByName(odd.map((line) => [line, '']));
}

/** Longer lines are not matched against patterns: that could take very long. */
const longestLine = 1_000;

function lines(text: string, comment: RegExp): readonly string[] {
  return text
    .split(/\r?\n|\r/)
    .map((line) => line.trim())
    .map((line) => (line.length > longestLine ? line : line.replace(comment, '').trim()))
    .filter((line) => line !== '');
}
