import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { toolCatalog } from '../../../worker/tools/catalog.ts';

test('the seven tools stand in their frozen order', () => {
  expect(toolCatalog.map(({ name }) => name)).toEqual([
    'bash',
    'read',
    'edit',
    'write',
    'grep',
    'glob',
    'submit',
  ]);
  expect(Object.isFrozen(toolCatalog)).toBe(true);
});

test('schemas hold only what strict tool use accepts', () => {
  const allowed = [
    'type',
    'properties',
    'required',
    'additionalProperties',
    'description',
    'enum',
    'items',
  ];
  const visit = (node: unknown, isProperties: boolean): void => {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    for (const [key, child] of Object.entries(node)) {
      if (!isProperties) expect(allowed).toContain(key);
      visit(child, key === 'properties');
    }
    if (!isProperties && 'properties' in node) {
      expect(node).toHaveProperty('additionalProperties', false);
      expect(node).toHaveProperty('required');
    }
  };
  for (const { input_schema } of toolCatalog) visit(input_schema, false);
});

test('schemas are valid JSON Schema and take what the tools take', () => {
  const ajv = new Ajv({ strict: true });
  const accepts = (name: string, input: unknown) =>
    ajv.validate(toolCatalog.find((tool) => tool.name === name)?.input_schema ?? false, input);
  expect(accepts('bash', { command: 'ls' })).toBe(true);
  expect(accepts('bash', { command: 'ls', cwd: '/' })).toBe(false);
  expect(accepts('grep', { pattern: 'x', output_mode: 'content', context: 2 })).toBe(true);
  expect(accepts('submit', { title: 't' })).toBe(false);
});
