import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../app/config.ts';
import { ConfigError } from '../../core/config.ts';

const complete = {
  APP_ID: '7',
  PRIVATE_KEY: '-----BEGIN RSA PRIVATE KEY-----\\nMII\\n-----END RSA PRIVATE KEY-----',
  WEBHOOK_SECRET: 'sixteen bytes or more',
  ANTHROPIC_API_KEY: 'key',
  CODY_TABLE: 'cody',
  CODY_BUCKET: 'cody',
  CODY_QUEUE_INGEST: 'http://127.0.0.1:1/ingest',
  CODY_QUEUE_JOBS: 'http://127.0.0.1:1/jobs',
  CODY_CLUSTER: 'cody',
  CODY_TASK: 'worker',
};

function problems(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

let folder: string | undefined;
afterEach(() => folder && rmSync(folder, { recursive: true, force: true }));

function policyFile(text: string): string {
  folder = mkdtempSync(join(tmpdir(), 'cody-policy-'));
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, text);
  return file;
}

describe('the configuration', () => {
  it('has defaults for what may be left out', () => {
    const config = readConfig(complete);
    expect(config.githubApiUrl).toBe('https://api.github.com');
    expect(config.privateKey.split('\n')).toHaveLength(3);
    expect(config.policy.budget.request).toBe(10_000_000);
    expect(config.times.CODY_LEASE_MS).toBe(90_000);
    expect(config.aws.SQS).toEqual({ region: 'us-east-1' });
  });

  it('gives engines on this machine credentials when there are none', () => {
    const env = { ...complete, AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' };
    expect(readConfig(env).aws.SQS.credentials).toBeDefined();
    expect(readConfig({ ...env, AWS_ACCESS_KEY_ID: 'x' }).aws.SQS.credentials).toBeUndefined();
  });

  it('refuses a log level that leaves out the lines with metrics', () => {
    const env = { ...complete, CODY_METRICS: 'CodyBatch/test' };
    for (const level of ['warn', 'error', 'fatal', 'silent']) {
      expect(problems({ ...env, LOG_LEVEL: level })).toMatchObject([
        expect.stringMatching(/^LOG_LEVEL .*CODY_METRICS.*trace, debug, info/),
      ]);
      expect(problems({ ...complete, LOG_LEVEL: level })).toEqual([]);
    }
    for (const level of ['', 'debug', 'info'])
      expect(problems({ ...env, LOG_LEVEL: level })).toEqual([]);
  });

  it('names everything that is missing at once', () => {
    const named = problems({}).map((line) => line.split(' ')[0]);
    expect(new Set(named)).toEqual(new Set(Object.keys(complete)));
  });

  it('names what is malformed without repeating its value', () => {
    const lines = problems({ ...complete, WEBHOOK_SECRET: 'short-one', PRIVATE_KEY: 'nonsense' });
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toMatch(/short-one|nonsense/);
  });

  it('takes a whole host as the public address, and no path of one', () => {
    const told = { ...complete, CODY_PUBLIC_URL: 'https://cody.example.com:8443/' };
    expect(problems(told)).toEqual([]);
    for (const address of ['https://example.com/cody/', 'https://example.com?at=cody'])
      expect(problems({ ...complete, CODY_PUBLIC_URL: address })).toEqual([
        expect.stringMatching(/^CODY_PUBLIC_URL .* no path/),
      ]);
  });

  it('counts an empty value as missing', () => {
    expect(problems({ ...complete, WEBHOOK_SECRET: '' })).toEqual(['WEBHOOK_SECRET is missing']);
  });

  it('reads the policy from a file', () => {
    const file = policyFile('budget:\n  request: 3\nmodels: [m-1]\n');
    const { policy } = readConfig({ ...complete, CODY_POLICY: file });
    expect(policy.budget.request).toBe(3_000_000);
    expect(policy.models).toEqual(['m-1']);
  });

  it.each([
    ['has an unknown name', 'budgets: 1'],
    ['is no YAML', '{'],
    ['has a negative budget', 'budget: {job: -1}'],
  ])('refuses a policy that %s', (_, text) => {
    expect(problems({ ...complete, CODY_POLICY: policyFile(text) })[0]).toContain('CODY_POLICY');
  });

  it('refuses a policy file that is not there', () => {
    expect(problems({ ...complete, CODY_POLICY: '/nowhere/policy.yaml' })).toHaveLength(1);
  });
});
