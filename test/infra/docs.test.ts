import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functions, functionNames, retention, worker } from '../../infra/limits.ts';
import { root } from '../support/tool.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const deploy = read('docs/deploy.md');
const operate = read('docs/operate.md');

describe('the guides for AWS', () => {
  it('have each alarm with what to do, and no other', () => {
    const code = read('infra/alarms.ts');
    const made = [...code.matchAll(/^(?:queueA|lineA|a)larm\('(\w+)'/gm)].map((match) => match[1]);
    const told = [...operate.matchAll(/^\| `(\w+)` +\|/gm)].map((match) => match[1]);
    expect(new Set(told)).toEqual(new Set(made));
  });

  it('name every setting of a deployment', () => {
    const settings = [...read('infra/config.ts').matchAll(/read\('(\w+)'\)/g)];
    expect(settings.length).toBeGreaterThan(3);
    for (const [, name] of settings) expect(deploy).toContain(`\`${name}\``);
  });

  it('name every function', () => {
    for (const name of functionNames) expect(deploy).toContain(`\`${name}\``);
    expect(Object.keys(functions)).toHaveLength(functionNames.length);
  });

  it('say the times that hold', () => {
    expect(operate).toContain(`${retention.objects} days`);
    expect(operate).toContain(`${retention.logs} days`);
    expect(operate).toContain(`kept for ${retention.oldVersions} days`);
    expect(worker.lifespanSeconds).toBe(5 * 3_600);
    expect(operate).toContain('after five hours');
  });

  it('name files that are there', () => {
    const named = `${deploy}${operate}`.match(/\b(?:infra|worker|\.github)\/[\w./-]+\.(?:ts|yml)/g);
    for (const file of new Set(named)) expect(existsSync(join(root, file)), file).toBe(true);
  });
});
