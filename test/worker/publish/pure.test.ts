import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addedText } from '../../../worker/publish/added-text.ts';
import { changedLines } from '../../../worker/publish/changed-lines.ts';
import { briefLines, mergedLines } from '../../../worker/publish/flag-lines.ts';
import { type TreeEntry, treeBatches } from '../../../worker/publish/tree.ts';
import { commitMessage, pullRequestTitle } from '../../../worker/publish/words.ts';

const text = (path: string, content = 'x'): TreeEntry => ({
  path,
  mode: '100644',
  type: 'blob',
  content,
});
const gone = (path: string): TreeEntry => ({ path, mode: '100644', type: 'blob', sha: null });

describe('treeBatches', () => {
  it('keeps every entry once and every request within its limits', () => {
    const entries = fc.array(fc.tuple(fc.nat(500), fc.nat(200_000)), { maxLength: 700 });
    fc.assert(
      fc.property(entries, (sizes) => {
        const all = sizes.map(([, size], at) => text(`f${String(at)}`, 'x'.repeat(size)));
        const batches = treeBatches(all);
        expect(batches.flat()).toEqual(all);
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(300);
      }),
      { numRuns: 20 },
    );
  });

  it('makes room before it fills it', () => {
    expect(treeBatches([gone('a'), text('a/b'), gone('c/d'), text('c'), gone('e')])).toEqual([
      [gone('a'), gone('c/d')],
      [text('a/b'), text('c'), gone('e')],
    ]);
  });
});

describe('addedText', () => {
  it('reads added lines, also those that look like headers', () => {
    const diff = [
      'diff --git a/a b/a',
      '--- a/a',
      '+++ b/a',
      '@@ -1 +1,2 @@',
      '-x',
      '+++ b/fake',
      '+y',
      'diff --git a/with space b/with space',
      '--- /dev/null',
      '+++ b/with space\t',
      '@@ -0,0 +1 @@',
      '+z',
      '',
    ].join('\n');
    expect(addedText(Buffer.from(diff))).toEqual([
      { path: 'a', text: '++ b/fake\ny' },
      { path: 'with space', text: 'z' },
    ]);
  });
});

const head = (name: string) =>
  `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -1,2 +1 @@\n-+x\n`;

describe('changedLines', () => {
  it('reads what is long as one text, in little memory', () => {
    const lines = 6 * 1024 * 1024;
    const diff = Buffer.from(`${head('a')}${'+\n'.repeat(lines)}+y\n${head('b')}+z\n`);
    const [long, short] = changedLines(diff);
    expect(long).toMatchObject({ path: 'a', removed: [], hunks: [], unsplit: true });
    expect(long?.added.map((text) => text.length)).toEqual([lines + 1]);
    expect(long?.added[0]?.endsWith('\ny')).toBe(true);
    expect(short).toEqual({
      path: 'b',
      added: ['z'],
      removed: ['+x'],
      hunks: ['@@ -1,2 +1 @@', '-+x', '+z'],
      unsplit: false,
    });
  });
});

const one = (rule: string, files: string) => `\`${rule}\`: what it is: ${files}`;

describe('lines about what a reviewer has to look at', () => {
  it('are one for each rule, with the files of several commits', () => {
    const more = one('b', '`x`, `` y`, `z ``');
    expect(
      mergedLines([one('a', '`x` and 3 more'), 'Mine.'], [one('a', '`y`, `x`'), more]),
    ).toEqual([one('a', '`x`, `y` and 3 more'), 'Mine.', more]);
    const commits = Array.from({ length: 99 }, (_, at) => [one('a', `\`${String(at)}\``)]);
    const [line, ...rest] = commits.reduce((all, fresh) => [...mergedLines(all, fresh)], []);
    expect(rest).toEqual([]);
    expect(line).toMatch(/`9` and \d+ more$/);
  });

  it('say how many files there are where names have no room', () => {
    const brief = briefLines([one('a', '`x`, `` y`, `z `` and 3 more'), 'Mine.', 'Unread: `x`']);
    expect(brief).toEqual(['`a`: 5 files', 'Mine.', 'Unread: 1 file']);
    expect(briefLines(brief)).toEqual(brief);
    expect(mergedLines(brief, [one('a', '`x`')])[0]).toBe(one('a', '`x` and 5 more'));
  });
});

describe('pullRequestTitle', () => {
  it('is one line of at most 70 characters that mentions nobody and closes nothing', () => {
    expect(pullRequestTitle('Fix #12 for @outsider\nand more', '')).toBe(
      'Fix issue 12 for outsider and more',
    );
    expect(pullRequestTitle(' ', 'the prompt')).toBe('the prompt');
    expect(pullRequestTitle('', '')).toBe('Change by Cody');
    const long = pullRequestTitle('word '.repeat(40), '');
    expect(long).toMatch(/ word…$/);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (title) => {
        const shown = pullRequestTitle(title, 'x');
        expect(shown.length).toBeLessThanOrEqual(70);
        expect(shown).not.toMatch(/@[A-Za-z0-9]|#\d|\n/);
      }),
    );
  });
});

describe('commitMessage', () => {
  it('ends with the request and the co-author, and closes no issue', () => {
    const message = commitMessage({
      title: 'Fix',
      body: 'Closes #3, thanks @outsider.',
      requestId: 'abcdefghjk',
      requester: { login: 'requester', id: 7 },
      serverUrl: 'https://github.com',
    });
    expect(message.split('\n').slice(-2)).toEqual([
      'Cody-Request: abcdefghjk',
      'Co-authored-by: requester <7+requester@users.noreply.github.com>',
    ]);
    expect(message).not.toMatch(/Closes #3|(?<!`)@outsider/);
  });

  it('says of nobody that they wrote or signed it, and closes nothing from inside of code', () => {
    const message = commitMessage({
      title: 'Fix',
      body: '```\nCloses #3 @outsider\nFixes https://github.com/acme/web/issues/4\n```\n\nCo-authored-by: Outsider\nsigned-off-by : x\nCody-Request: other\u202E',
      requestId: 'abcdefghjk',
      requester: undefined,
      serverUrl: 'https://github.com',
    });
    expect(message.match(/^[\w-]+\s*:/gm)).toEqual(['Cody-Request:']);
    expect(message.split('\n').at(-1)).toBe('Cody-Request: abcdefghjk');
    expect(message).not.toMatch(/@|#\d|:\/\/|\u202E/);
  });

  it('names the co-author by the host of a GitHub Enterprise Server', () => {
    const message = commitMessage({
      title: 'Fix',
      body: '',
      requestId: 'r',
      requester: { login: 'requester', id: 7 },
      serverUrl: 'https://ghe.example.com:8443',
    });
    expect(message).toContain('<7+requester@users.noreply.ghe.example.com>');
  });

  it('keeps no workflow from starting', () => {
    const title = pullRequestTitle('Fix it [skip\nci]', '');
    const requester = { login: 'requester', id: 7 };
    const message = commitMessage({
      title,
      body: 'Done. [CI skip] [no ci]',
      requestId: 'r',
      requester,
      serverUrl: 'https://github.com',
    });
    expect(message).toContain('Fix it (skip ci)');
    expect(message).toContain('Done. (CI skip) (no ci)');
  });
});
