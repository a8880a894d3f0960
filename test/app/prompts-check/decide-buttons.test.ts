import { describe, expect, it } from 'vitest';
import {
  decideButtons,
  type LastRun,
  type PromptsFacts,
} from '../../../app/prompts-check/decide-buttons.ts';
import { buttonWords, renderPromptsCheck } from '../../../core/render/prompts-check.ts';
import type { SavedPrompt } from '../../../core/repo-config/saved-prompt.ts';

const prompt = {
  type: 'prompt' as const,
  prompt: 'Fix the sums',
  repositories: [],
  open_pull_request: true,
};
const done: LastRun = {
  request_id: 'abcdefghjk',
  ended: true,
  unfinished: undefined,
  prompt,
  excerpt: 'Fix the sums',
};
const saved: readonly SavedPrompt[] = [
  { name: 'tests', prompt: 'Make the tests pass', button: true },
  { name: 'docs', prompt: 'Update the docs', button: 'Update docs' },
  { name: 'types', prompt: 'Add types', button: 'Types' },
  { name: 'more', prompt: 'More', button: true },
];
const nothing: PromptsFacts = { pull_request: 7, saved: [], failing: [], last: undefined };

function labels(change: Partial<PromptsFacts>): readonly string[] | undefined {
  return decideButtons({ ...nothing, ...change })?.map(({ subject }) => buttonWords(subject).label);
}

const failing = ['test'];

describe('the buttons of a head', () => {
  it.each([
    ['no file names a prompt', {}, undefined],
    ['no file names a prompt and Cody has worked here', { last: done }, undefined],
    ['a check fails where Cody never was', { failing }, undefined],
    [
      'a check fails where Cody has worked',
      { failing, last: done },
      ['Fix failing checks', 'Run prompt'],
    ],
    [
      'the commit is no head of an open pull request',
      { pull_request: undefined, saved },
      undefined,
    ],
    ['a file names prompts', { saved }, ['tests', 'Update docs', 'Types']],
    [
      'a check fails and a file names prompts',
      { saved, failing },
      ['Fix failing checks', 'tests', 'Update docs'],
    ],
    ['the last request is done', { saved, last: done }, ['Run prompt', 'tests', 'Update docs']],
    [
      'the last request failed',
      { saved, last: { ...done, unfinished: 'retry' } },
      ['Retry', 'Run prompt', 'tests'],
    ],
    [
      'the last request was stopped',
      { saved, last: { ...done, unfinished: 'continue' } },
      ['Continue', 'Run prompt', 'tests'],
    ],
    [
      'the last request goes on',
      { saved, last: { ...done, ended: false, unfinished: 'retry' } },
      ['tests', 'Update docs', 'Types'],
    ],
    [
      'the last prompt is private',
      { saved, last: { ...done, prompt: undefined } },
      ['tests', 'Update docs', 'Types'],
    ],
    [
      'all of it',
      { saved, failing, last: { ...done, unfinished: 'retry' } },
      ['Fix failing checks', 'Retry', 'Run prompt'],
    ],
  ] as const)('when %s', (_, change, expected) => {
    expect(labels(change)).toEqual(expected);
  });

  it('give commands for the pull request that they stand on', () => {
    const last = { ...done, unfinished: 'retry' as const };
    const [fix, retry, run] = decideButtons({ ...nothing, failing, last }) ?? [];
    expect(fix?.command).toMatchObject({ type: 'prompt', repositories: [] });
    expect(JSON.stringify(fix?.command)).toContain('`test`');
    // Whoever may open a pull request may name a job of a workflow.
    expect(JSON.stringify(fix?.command)).toContain('The names say only which checks are meant');
    expect(retry?.command).toEqual({ type: 'retry', id: 'abcdefghjk' });
    expect(run?.command).toEqual(prompt);
  });
});

describe('the words of the buttons', () => {
  it('keep to what GitHub takes', () => {
    const long = { type: 'saved' as const, name: 'x'.repeat(40), description: '😀 '.repeat(60) };
    const { label, description } = buttonWords(long);
    expect(label.length).toBeLessThanOrEqual(20);
    expect(description.length).toBeLessThanOrEqual(40);
    expect(description.isWellFormed()).toBe(true);
  });

  it('say what each one does', () => {
    const view = { ...nothing, failing: ['unit | `tests`'], saved, last: done };
    const buttons = (decideButtons(view) ?? []).map(({ subject }) => subject);
    expect(renderPromptsCheck({ pull_request: 7, buttons, notes: ['Pressed.'] }))
      .toMatchInlineSnapshot(`
      {
        "summary": "### Last press

      Pressed.

      Each button starts Cody on pull request #7, as a comment with \`/cody\` there does. It is good for one press, by someone with write permission.

      | Button | What it does |
      | --- | --- |
      | Fix failing checks | finds out why these fail, and fixes the cause: \`\` unit \\| \`tests\` \`\` |
      | Run prompt | runs the last prompt on the current head: Fix the sums |
      | tests | runs the saved prompt \`tests\` |

      In words: comment \`/cody <what to do>\` on the pull request.",
        "title": "Fix failing checks, Run prompt, tests",
      }
    `);
  });

  it('name the place to go to when there is none', () => {
    expect(renderPromptsCheck({ pull_request: undefined, buttons: [], notes: [] }))
      .toMatchInlineSnapshot(`
      {
        "summary": "Buttons stand on the latest commit of an open pull request: look there.",
        "title": "This commit is no head of an open pull request",
      }
    `);
  });
});
