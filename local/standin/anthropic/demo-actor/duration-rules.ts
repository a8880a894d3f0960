import type { Expectation } from './expectations.ts';
import type { FileView } from './workspace-view.ts';

/** One line to change, and why. `line` counts from 1; the texts are whole lines. */
export type Proposal = Readonly<{
  path: string;
  line: number;
  before: string;
  after: string;
  why: string;
}>;

type Context = Readonly<{ code: string; expectations: readonly Expectation[] }>;
type Rule = Readonly<{
  why: string;
  /** Returns the better line, or the same one. */
  rewrite: (line: string, context: Context) => string;
}>;

const RULES: readonly Rule[] = [
  {
    why: 'whole hours are counted down, not rounded',
    rewrite: (line) => line.replace(/Math\.(?:round|ceil)\((\w+) \/ 60\)/, 'Math.floor($1 / 60)'),
  },
  {
    why: 'an hour has 60 minutes, not 100',
    rewrite: (line) => line.replace(/(\w+ [%/]) 100\b/, '$1 60'),
  },
  {
    why: '60 minutes are already an hour',
    rewrite: (line, { expectations }) =>
      expectations.some(({ minutes, text }) => minutes === 60 && !text.includes('min'))
        ? line.replace(/(\w+) <= 60\b/, '$1 < 60').replace(/(\w+) > 60\b/, '$1 >= 60')
        : line,
  },
  {
    why: 'a full hour is shown without minutes',
    rewrite: leaveOutZeroMinutes,
  },
];

/** Returns the next single-line change to the function `name`, or null when no rule sees a fault in it. */
export function proposeFix(
  file: FileView,
  name: string,
  expectations: readonly Expectation[],
): Proposal | null {
  const body = bodyOf(file.lines, name);
  if (body === null) return null;
  const lines = file.lines.slice(body.from, body.to + 1);
  const context = { code: lines.join('\n'), expectations };
  for (const { why, rewrite } of RULES) {
    for (const [index, before] of lines.entries()) {
      const after = rewrite(before, context);
      if (after !== before)
        return { path: file.path, line: body.from + index + 1, before, after, why };
    }
  }
  return null;
}

/** Returns whether the lines declare the function `name`. */
export function declares(lines: readonly string[], name: string): boolean {
  return bodyOf(lines, name) !== null;
}

function leaveOutZeroMinutes(line: string, { code, expectations }: Context): string {
  const parts = /^(\s*)return (`\$\{(\w+)\} h \$\{(\w+)\} min`);$/.exec(line);
  if (parts === null || !expectations.some(({ text }) => /^\d+ h$/.test(text))) return line;
  const [, indent = '', template = '', hours = '', minutes = ''] = parts;
  if (new RegExp(`\\b${minutes} (?:===|>) 0`).test(code)) return line;
  return `${indent}return ${minutes} === 0 ? \`\${${hours}} h\` : ${template};`;
}

function bodyOf(lines: readonly string[], name: string): { from: number; to: number } | null {
  const declaration = new RegExp(`\\b(?:function ${name}\\(|const ${name} =)`);
  const from = lines.findIndex((line) => declaration.test(line));
  if (from === -1) return null;
  const length = lines.slice(from).findIndex((line) => line.startsWith('}'));
  return { from, to: length === -1 ? lines.length - 1 : from + length };
}
