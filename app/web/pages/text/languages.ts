import type { LanguageFn } from 'highlight.js';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import makefile from 'highlight.js/lib/languages/makefile';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import scss from 'highlight.js/lib/languages/scss';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

type Language = Readonly<{ define: LanguageFn; endings: readonly string[] }>;

/** Languages that are highlighted, with the endings of their files. */
export const languages: Readonly<Record<string, Language>> = {
  bash: { define: bash, endings: ['sh', 'bash', 'zsh'] },
  c: { define: c, endings: ['c', 'h'] },
  cpp: { define: cpp, endings: ['cc', 'cpp', 'cxx', 'hpp'] },
  csharp: { define: csharp, endings: ['cs'] },
  css: { define: css, endings: ['css'] },
  diff: { define: diff, endings: ['diff', 'patch'] },
  dockerfile: { define: dockerfile, endings: ['dockerfile'] },
  go: { define: go, endings: ['go'] },
  ini: { define: ini, endings: ['ini', 'toml', 'cfg', 'conf'] },
  java: { define: java, endings: ['java'] },
  javascript: { define: javascript, endings: ['js', 'mjs', 'cjs', 'jsx'] },
  json: { define: json, endings: ['json', 'jsonc'] },
  kotlin: { define: kotlin, endings: ['kt', 'kts'] },
  makefile: { define: makefile, endings: ['mk', 'makefile'] },
  markdown: { define: markdown, endings: ['md', 'markdown'] },
  php: { define: php, endings: ['php'] },
  python: { define: python, endings: ['py', 'pyi'] },
  ruby: { define: ruby, endings: ['rb'] },
  rust: { define: rust, endings: ['rs'] },
  scss: { define: scss, endings: ['scss', 'less'] },
  sql: { define: sql, endings: ['sql'] },
  swift: { define: swift, endings: ['swift'] },
  typescript: { define: typescript, endings: ['ts', 'mts', 'cts', 'tsx'] },
  xml: { define: xml, endings: ['xml', 'html', 'htm', 'svg', 'vue'] },
  yaml: { define: yaml, endings: ['yml', 'yaml'] },
};

const byEnding = new Map(
  Object.entries(languages).flatMap(([name, { endings }]) =>
    endings.map((ending) => [ending, name] as const),
  ),
);

/** The language of a file by its name; undefined when none is known. */
export function languageOf(path: string): string | undefined {
  const name = path.split('/').at(-1)?.toLowerCase() ?? '';
  return byEnding.get(name.includes('.') ? (name.split('.').at(-1) ?? '') : name);
}
