import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appliesTo, parseScoped } from '../../../worker/workspace/apply-to.ts';
import { claudeImports } from '../../../worker/workspace/claude-imports.ts';
import { readInstructions } from '../../../worker/workspace/instructions.ts';
import { createNestedInstructions } from '../../../worker/workspace/nested-instructions.ts';
import { checkedOut, createOrigin } from './repository.ts';

async function commit(files: Readonly<Record<string, string>>) {
  const origin = await createOrigin();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(origin.source, path)), { recursive: true });
    writeFileSync(join(origin.source, path), text);
  }
  const work = await checkedOut(origin, origin.commit());
  return { gitDir: work.gitDir, sha: work.baseSha, root: '/workspace/repo' };
}

const scoped = (applyTo: string, text: string) => `---\napplyTo: ${applyTo}\n---\n${text}`;
const pathsOf = (files: readonly { path: string }[]) => files.map(({ path }) => path);

describe('imports of a CLAUDE.md', () => {
  it('are paths after an @, relative to the file, outside of code', () => {
    const text =
      'See @docs/style.md and @../shared.md.\n`@not/this.md`\n```\n@nor/this.md\n```\nme@example.com';
    expect(claudeImports(text, 'app/CLAUDE.md')).toEqual(['app/docs/style.md', 'shared.md']);
  });

  it('never leave the repository', () => {
    expect(claudeImports('@../../etc/passwd @/../x', 'app/CLAUDE.md')).toEqual(['x']);
  });

  it('stand behind it, each file once, round trips included', async () => {
    const from = await commit({
      'CLAUDE.md': '@docs/a.md @docs/a.md @nobody',
      'docs/a.md': 'A @b.md',
      'docs/b.md': 'B @../CLAUDE.md',
    });
    expect(pathsOf(await readInstructions(from))).toEqual(['CLAUDE.md', 'docs/a.md', 'docs/b.md']);
  });

  it('end after five files in a row', async () => {
    const chain = Array.from({ length: 8 }, (_, at) => [`${at}.md`, `file ${at} @${at + 1}.md`]);
    const from = await commit({ 'CLAUDE.md': '@0.md', ...Object.fromEntries(chain) });
    expect(pathsOf(await readInstructions(from)).at(-1)).toBe('4.md');
  });
});

describe('instructions with a scope', () => {
  it('hold for the whole repository when they say so', async () => {
    const from = await commit({
      '.github/instructions/all.instructions.md': scoped("'**'", 'For all.'),
      '.github/instructions/deep/ts.instructions.md': scoped("'**/*.ts'", 'For TypeScript.'),
      '.github/instructions/none.instructions.md': 'For nothing.',
    });
    expect(await readInstructions(from)).toEqual([
      { path: '.github/instructions/all.instructions.md', text: 'For all.', truncated: false },
    ]);
  });

  it('match by comma-separated globs with braces', () => {
    const rules = parseScoped(scoped('"src/**/*.{ts,tsx}, docs/*.md"', 'x'));
    const match = ['src/a/b.tsx', 'docs/a.md'].map((path) => appliesTo(rules, path));
    const miss = ['src/a.js', 'docs/a/b.md'].map((path) => appliesTo(rules, path));
    expect([match, miss]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it('leave out globs that could take for ever, and front matter that cannot be read', () => {
    expect(parseScoped(scoped(`'${'{a,b}'.repeat(9)}'`, 'x')).globs).toEqual([]);
    expect(parseScoped(scoped(`'${'**/'.repeat(9)}x'`, 'x')).globs).toEqual([]);
    expect(parseScoped(scoped('[', 'x')).globs).toEqual([]);
  });
});

describe('nested instructions', () => {
  const files = {
    'AGENTS.md': 'Root.',
    'app/AGENTS.md': 'App.',
    'app/web/CLAUDE.md': 'Web. @rules.md',
    'app/web/rules.md': 'Rules.',
    'app/web/src/a.ts': '1',
    'lib/a.ts': '1',
    '.github/instructions/ts.instructions.md': scoped("'lib/*.ts'", 'For lib.'),
  };

  it('are those of the folders above a path, the outermost first', async () => {
    const nested = createNestedInstructions(await commit(files));
    const wanted = ['app/AGENTS.md', 'app/web/CLAUDE.md', 'app/web/rules.md'];
    expect(pathsOf(await nested('/workspace/repo/app/web/src/a.ts'))).toEqual(wanted);
    expect(pathsOf(await nested('app/web'))).toEqual(wanted);
    expect(pathsOf(await nested('./lib/a.ts'))).toEqual([
      '.github/instructions/ts.instructions.md',
    ]);
  });

  it('are none for the root and for paths outside of the repository', async () => {
    const nested = createNestedInstructions(await commit(files));
    for (const path of ['/workspace/repo', '.', '/workspace/logs/1.txt', '../x', 'README.md']) {
      expect(await nested(path)).toEqual([]);
    }
  });
});
