import { describe, expect, it, vi } from 'vitest';
import { Policy } from '../../core/policy.ts';
import { ttlAttribute } from '../../core/store/expiry.ts';
import { indexes } from '../../core/store/table-schema.ts';
import { functionNamesRead } from '../../app/config.ts';
import { environmentOf } from '../../infra/environment.ts';
import { alarms, functionNames, functions, queues, retention, worker } from '../../infra/limits.ts';
import { parametersOf } from '../../infra/parameters.ts';
import { tableShape } from '../../infra/table-shape.ts';
import { planEnvironment, settingsOfAMachine } from './support/plan-environment.ts';

describe('the limits of the deployment', () => {
  it('hide a message for at least six times as long as its handler may take', () => {
    for (const { handler, visibilitySeconds } of Object.values(queues))
      expect(visibilitySeconds).toBeGreaterThanOrEqual(6 * functions[handler].timeoutSeconds);
  });

  it('answer GitHub before its ten seconds are over', () => {
    expect(functions.receive.timeoutSeconds).toBeLessThan(10);
  });

  it('keep a message until its last delivery is over', () => {
    for (const { visibilitySeconds, receives, retentionSeconds } of Object.values(queues))
      expect(retentionSeconds).toBeGreaterThan(visibilitySeconds * receives);
  });

  it('give each event source the two handlers that SQS takes at least', () => {
    for (const { concurrency } of Object.values(queues))
      expect(concurrency).toBeGreaterThanOrEqual(2);
  });

  it('leave two of the ten functions of a new account for webhooks, pages, workers and the sweep', () => {
    const busy = Object.values(queues).reduce((sum, { concurrency }) => sum + concurrency, 0);
    expect(busy).toBeLessThanOrEqual(10 - 2);
  });

  it('admit as many workers as the six vCPU of a new account hold', () => {
    const { global } = Policy.parse({}).concurrency;
    expect((global * worker.cpuUnits) / 1024).toBeLessThanOrEqual(6);
  });

  it('say the same size of a worker to Fargate and to the code', () => {
    expect(worker.cpu).toBe(`${worker.cpuUnits / 1024} vCPU`);
    expect(worker.memory).toBe(`${worker.memoryMib / 1024} GB`);
  });

  it('end a task only after any job has ended by itself, with its set-up and its tests', () => {
    const longestJobSeconds = Policy.parse({}).limits.minutes * 60;
    expect(worker.lifespanSeconds).toBeGreaterThan(3 * longestJobSeconds);
  });

  it('keep objects for longer than logs, and both for a time', () => {
    expect(retention.objects).toBeGreaterThan(retention.logs);
    expect(retention.logs).toBeGreaterThan(0);
  });

  it('call people before dead letters are dropped', () => {
    expect(alarms.deadLetterSeconds).toBeLessThan(queues.dead.retentionSeconds);
  });
});

describe('the shape of the table', () => {
  it('is that of the code', () => {
    const planned = Object.fromEntries(
      Object.entries(tableShape.indexes).map(([name, index]) => [
        name,
        { ...index, sortType: 'N' },
      ]),
    );
    expect(planned).toEqual(indexes);
    expect(tableShape.ttl).toBe(ttlAttribute);
  });
});

/** Names that every function may read, which AWS sets or the operator may. */
const optional =
  /^AWS_|^CODY_\w+_MS$|^(GITHUB_API_URL|GITHUB_SERVER_URL|LOG_LEVEL|CODY_METRICS|CODY_MODEL_NOTE|CODY_POLICY_TEXT)$/;

describe('the environment of a plan', () => {
  it('has nothing of the machine that could change it', () => {
    const plain = { PATH: '/usr/bin', HOME: '/home/runner' };
    expect(planEnvironment({ ...plain, ...settingsOfAMachine })).toEqual(plain);
  });
});

describe("GitHub's addresses of a deployment", () => {
  it('are not those that GitHub Actions sets for itself', async () => {
    const { config } = await configWith(settingsOfAMachine);
    expect([config.githubApiUrl, config.githubServerUrl, config.logLevel]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are the ones that the operator names', async () => {
    const { config } = await configWith({
      CODY_DEPLOY_GITHUB_API_URL: 'https://github.example/api/v3',
      CODY_DEPLOY_GITHUB_SERVER_URL: 'https://github.example',
    });
    expect(config.githubApiUrl).toBe('https://github.example/api/v3');
    expect(config.githubServerUrl).toBe('https://github.example');
  });
});

describe('the log level of a deployment', () => {
  it.each(['debug', 'info', ''])('may be "%s"', async (level) => {
    const { config } = await configWith({ CODY_DEPLOY_LOG_LEVEL: level });
    expect(config.logLevel ?? '').toBe(level);
  });

  it.each(['warn', 'error', 'silent', 'loud'])('may not be "%s"', async (level) => {
    await expect(configWith({ CODY_DEPLOY_LOG_LEVEL: level })).rejects.toThrow(
      'CODY_DEPLOY_LOG_LEVEL must be',
    );
  });
});

async function configWith(env: Readonly<Record<string, string>>) {
  vi.resetModules();
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return await import('../../infra/config.ts');
  } finally {
    vi.unstubAllEnvs();
  }
}

describe('the environment of a function', () => {
  const wired = functionNames.filter((name) => name !== 'receive');

  it.each(wired)('is what %s reads', (name) => {
    const given: string[] = [...environmentOf[name], ...parametersOf[name]];
    const read = functionNamesRead[name].filter((one) => !optional.test(one));
    const left = read.filter((one) => !given.includes(one));
    // A policy and an address of the pages mean something to some of them only.
    expect(left.filter((one) => one !== 'CODY_POLICY' && one !== 'CODY_PUBLIC_URL')).toEqual([]);
    expect(given.filter((one) => !read.includes(one))).toEqual([]);
  });
});
