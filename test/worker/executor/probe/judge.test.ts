import { expect, test } from 'vitest';
import { judge } from '../../../../worker/executor/probe/judge.ts';
import type { ProbeRow } from '../../../../worker/executor/probe/questions.ts';

const row = (by: ProbeRow['by'], tried: string, through: boolean): ProbeRow => ({
  by,
  tried,
  through,
  answer: 'x',
});

test('nothing stands against a sandbox that holds', () => {
  const rows = [row('command', 'a', false), row('tool', 'b', false)];
  expect(judge(rows, ['command', 'tool'])).toEqual({
    shell: undefined,
    job: undefined,
    setup: undefined,
    view: undefined,
  });
});

test('what a command got through turns the shell off, what a tool got through refuses the job', () => {
  const rows = [
    row('command', 'a', true),
    row('command', 'b', true),
    row('tool', 'c', true),
    row('setup', 'd', true),
    row('view', 'e', true),
  ];
  expect(judge(rows, ['command', 'tool'])).toEqual({
    shell: 'a, b',
    job: 'c',
    setup: 'd',
    view: 'e',
  });
});

test('no answer at all is no proof', () => {
  expect(judge([], ['command', 'tool'])).toMatchObject({
    shell: expect.any(String),
    job: expect.any(String),
  });
});
