import { describe, expect, it } from 'vitest';
import { missingTemplate } from '../../../core/render/pull-request-template.ts';

const template = '<!-- Say why -->\n## What\n\n## How it was tested\n\n- [ ] Docs updated';

describe('a template for descriptions of pull requests', () => {
  it('is not repeated when the summary follows it', () => {
    expect(
      missingTemplate('## What\n\nThe sum.\n\n## How it was tested', template),
    ).toBeUndefined();
    expect(missingTemplate('## what ##\n\nThe sum.', template)).toBeUndefined();
  });

  it('is added without its hidden comments when the summary does not', () => {
    const missing = '## What\n\n## How it was tested\n\n- [ ] Docs updated';
    expect(missingTemplate('The sum was wrong.', template)).toBe(missing);
  });

  it('is added when it has no headings to go by', () => {
    expect(missingTemplate('The sum was wrong.', '- [ ] Docs updated')).toBe('- [ ] Docs updated');
  });

  it.each([undefined, '', '<!-- nothing but this'])('adds nothing for %j', (none) => {
    expect(missingTemplate('The sum was wrong.', none)).toBeUndefined();
  });
});
