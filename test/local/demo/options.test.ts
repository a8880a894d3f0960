import { describe, expect, it } from 'vitest';
import { readDemoOptions } from '../../../local/demo/options.ts';

describe('the arguments of the demo', () => {
  it('mean the scripted model on the seed repositories when there are none', () => {
    expect(readDemoOptions([])).toEqual({
      once: false,
      json: false,
      live: false,
      budget: 1,
      repositories: [],
      prompt: undefined,
    });
  });

  it('take the words that are no option as the prompt', () => {
    const options = readDemoOptions(['--live', '--budget', '0.5', '--repo', './app', 'Fix', 'it']);
    expect(options).toMatchObject({
      live: true,
      budget: 0.5,
      repositories: ['./app'],
      prompt: 'Fix it',
    });
  });

  it.each([
    [['--repo', './app'], '--repo goes with --live'],
    [['--live', '--repo', './app'], 'needs a prompt'],
    [['--live', '--budget', 'much'], 'budget'],
    [['--fast'], '--fast'],
  ])('%j are refused with the reason', (argv, reason) => {
    expect(() => readDemoOptions(argv)).toThrow(reason);
  });

  it('take at most five repositories', () => {
    const six = Array.from({ length: 6 }, () => ['--repo', './app']).flat();
    expect(() => readDemoOptions(['--live', ...six, 'Fix it'])).toThrow('at most five --repo');
  });
});
