import { expect, test } from 'vitest';
import { Policy } from '../../../core/policy.ts';
import { type ExecutorLimits, executorLimits } from '../../../worker/executor/use.ts';
import { textOf } from '../tools/bench.ts';
import { processesWith, startOn } from './start.ts';

const MB = 1024 ** 2;
const defaultLimits = executorLimits(Policy.parse({}).commands);
const watchMs = { processMs: 50, diskMs: 50 };

const start = (limits: Partial<ExecutorLimits>) =>
  startOn('bubblewrap', { limits: { ...defaultLimits, ...limits }, watchMs });

test.each([
  [
    'memory',
    { memory: 400 * MB },
    `node -e "const all = []; setInterval(() => all.push(Buffer.alloc(${50 * MB}, 1)), 10)"`,
    /of memory were in use, and 0\.4 GB may be.*fewer parallel workers/,
  ],
  [
    'files in memory',
    { memory: 400 * MB },
    'for n in $(seq 9); do head -c 80M /dev/zero > /tmp/$n; done; sleep 60',
    /of memory were in use/,
  ],
  [
    'processes',
    { processes: 30 },
    'for n in $(seq 60); do sleep 60 & done; wait',
    /processes ran, and 30 may/,
  ],
  [
    'disk',
    { disk: 30 * MB },
    'head -c 60M /dev/zero > big; sleep 60',
    /of disk were in use.*Remove what is not needed/,
  ],
] as const)(
  'a command that takes too much of %s is ended',
  async (...[, limits, command, words]) => {
    const { bash } = await start(limits);
    const result = await bash(command);
    expect(result).toMatchObject({ is_error: true, mutated: true });
    expect(textOf(result)).toMatch(words);
    expect(textOf(result)).toContain('/workspace/logs');
  },
);

test('the third time in a row ends the job with its cause, and nothing is left running', async () => {
  const { bash, executor } = await start({ processes: 10 });
  const mark = '1234567.25';
  for (let time = 1; time <= 3; time += 1) {
    expect(executor.over.aborted).toBe(false);
    await bash(`for n in $(seq 20); do sleep ${mark} & done; wait`);
  }
  expect(executor.over.reason).toMatchObject({
    name: 'Stopped',
    reason: 'limit',
    code: 'out_of_memory',
  });
  expect(processesWith(mark)).toEqual([]);
});
