import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchemas } from '../../../core/repo-config/json-schema.ts';
import { readRepoConfig } from '../../../core/repo-config/read-repo-config.ts';

const docs = new URL('../../../docs/', import.meta.url);

test('the example of the documentation has every key, and both readers take it', () => {
  const text = readFileSync(new URL('configuration.md', docs), 'utf8');
  const example = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(readRepoConfig(example).problems).toEqual([]);
  const schema = jsonSchemas()['cody.schema.json'] as { properties: object };
  const check = new Ajv2020({ strict: false }).compile(schema);
  expect(check(parse(example)), JSON.stringify(check.errors)).toBe(true);
  const keys = Object.keys(schema.properties).filter((key) => key !== 'budgets');
  expect(Object.keys(parse(example) as object).toSorted()).toEqual(keys.toSorted());
});
