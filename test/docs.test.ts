import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { causeGuide } from '../core/cause-guide.ts';
import { generatedDocs } from './support/generated-docs.ts';

describe('what docs/ says out of the code', () => {
  it('is what `npm run docs` writes now', async () => {
    for (const { file, text } of await generatedDocs())
      expect(readFileSync(file, 'utf8'), basename(file.pathname)).toBe(text);
  });

  it('tells every cause apart', () => {
    const whens = Object.values(causeGuide).map(({ when }) => when);
    expect(new Set(whens).size).toBe(whens.length);
  });
});
