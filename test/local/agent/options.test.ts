import { expect, it } from 'vitest';
import { readAgentOptions } from '../../../local/agent/options.ts';

it('reads a prompt and leaves the rest to the checkout', () => {
  expect(readAgentOptions(['Fix it'])).toEqual({
    type: 'start',
    dir: '.',
    prompt: 'Fix it',
    plan: false,
    withChanges: false,
    out: undefined,
    apply: false,
    json: false,
  });
});

it('reads every option', () => {
  const all = '--dir x --with-changes --budget 0.5 --model m --effort low --turns 3 --minutes 2.5';
  const argv = [...all.split(' '), '--out', 'a b.patch', '--json', 'Do', 'this'];
  expect(readAgentOptions(argv)).toMatchObject({
    dir: 'x',
    withChanges: true,
    budget: 0.5,
    model: 'm',
    effort: 'low',
    turns: 3,
    minutes: 2.5,
    out: 'a b.patch',
    json: true,
    prompt: 'Do this',
  });
});

it('reads which run goes on', () => {
  expect(readAgentOptions(['--resume', 'abcdefghj0', '--apply'])).toEqual({
    type: 'resume',
    id: 'abcdefghj0',
    out: undefined,
    apply: true,
    json: false,
  });
});

it('gives nothing back when help is asked for', () => {
  expect(readAgentOptions(['--help'])).toBeUndefined();
});

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /prompt/],
  [['  '], /prompt/],
  [['--budget', 'much', 'Fix'], /budget/],
  [['--budget', '-1', 'Fix'], /budget/],
  [['--budget', '0', 'Fix'], /budget/],
  [['--turns', '1.5', 'Fix'], /turns/],
  [['--effort', 'huge', 'Fix'], /effort/],
  [['--bugdet', '1', 'Fix'], /Unknown option '--bugdet'/],
  [['--plan', '--apply', 'Fix'], /--plan makes no patch/],
  [['--plan', '--out', 'x', 'Fix'], /--plan makes no patch/],
  [['--resume', '../../etc'], /an id has ten/],
  [['--resume', 'abcdefghj0', '--budget', '5'], /--resume keeps prompt and options/],
  [['--resume', 'abcdefghj0', 'Other'], /--resume keeps prompt and options/],
];

it.each(wrong)('refuses %j', (argv, message) => {
  expect(() => readAgentOptions(argv)).toThrow(message);
});
