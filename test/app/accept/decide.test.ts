import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decide, type PromptFacts } from '../../../app/accept/decide.ts';
import { Policy } from '../../../core/policy.ts';

const folder = new URL('../../fixtures/decide', import.meta.url).pathname;

describe('the decision about a prompt', () => {
  it.each(readdirSync(folder))('is as recorded in %s', (file) => {
    const { facts, decision } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      facts: Omit<PromptFacts, 'policy'> & { policy?: object };
      decision: unknown;
    };
    expect(decide({ ...facts, policy: Policy.parse(facts.policy ?? {}) })).toEqual(decision);
  });
});
