import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flagsRegion, shownFlags, withFlags } from '../../../core/render/flags.ts';
import { marker } from '../../../core/render/marker.ts';

const mark = marker('job', 'abcdefghjk-1');

describe('the flags of a pull request', () => {
  it('stand at the top, behind our own mark, and are replaced and not doubled', () => {
    const body = withFlags(`${mark}\n\nWhat people wrote.`, ['one']);
    expect(body).toBe(
      [
        mark,
        '<!-- cody-batch:flags -->',
        '### Look at this first',
        '- one',
        '<!-- /cody-batch:flags -->',
        'What people wrote.',
      ].join('\n\n'),
    );
    expect(withFlags(body, ['one'])).toBe(body);
    expect(withFlags(body.replaceAll('\n', '\r\n'), ['one'])).toBe(body.replaceAll('\n', '\r\n'));
    expect(withFlags(body, ['two', 'three'])).toBe(body.replace('- one', '- two\n- three'));
    expect(shownFlags(withFlags(body, ['two', 'three']))).toEqual(['two', 'three']);
    expect(withFlags(body, [])).toBe(`${mark}\n\nWhat people wrote.`);
  });

  it('stand at the top again where people took the marks away', () => {
    expect(withFlags('', ['one'])).toBe(flagsRegion(['one']));
    expect(withFlags('No marks.', [])).toBe('No marks.');
    const broken = '<!-- cody-batch:flags -->\n\nNo end.';
    expect(withFlags(broken, ['one'])).toBe(`${String(flagsRegion(['one']))}\n\n${broken}`);
  });

  it('leave every other character as it is', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 50 });
    const lines = fc.array(fc.stringMatching(/^[a-z`:]{1,9}$/), { maxLength: 3 });
    fc.assert(
      fc.property(fc.tuple(text, text), lines, lines, ([above, below], first, second) => {
        const body = `${above}\n${withFlags(`x${below}`, ['old', ...first])}`;
        const now = withFlags(body, second);
        expect(shownFlags(now)).toEqual(second);
        expect(now.startsWith(above) && now.endsWith(`x${below}`)).toBe(true);
        expect(withFlags(now, second)).toBe(now);
      }),
      { numRuns: 50 },
    );
  });
});
