import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flagsRegion, shownFlags, withFlags } from '../../../core/render/flags.ts';
import { marker } from '../../../core/render/marker.ts';
import { renderPullRequestBody } from '../../../core/render/pull-request-body.ts';
import { exampleRequest, pullRequestJob, serverUrl } from './examples.ts';

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
    const empty = [mark, flagsRegion([]), 'What people wrote.'].join('\n\n');
    expect(withFlags(body, [])).toBe(empty);
    expect(withFlags(empty, ['one'])).toBe(body);
    const noted = body.replace(mark, `${mark}\n\n_A note on the model._`);
    expect(withFlags(noted, ['two'])).toBe(noted.replace('- one', '- two'));
  });

  it('stand at the top again where people took the marks away', () => {
    expect(withFlags('', ['one'])).toBe(flagsRegion(['one']));
    expect(withFlags('No marks.', [])).toBe('No marks.');
    const broken = '<!-- cody-batch:flags -->\n\nNo end.';
    expect(withFlags(broken, ['one'])).toBe(`${flagsRegion(['one'])}\n\n${broken}`);
  });

  it('are not taken from marks below the top, where a model wrote', () => {
    const forged = `${mark}\n\nSummary.\n\n${flagsRegion(['forged'])}\n\n### Verification`;
    expect(shownFlags(forged)).toEqual([]);
    expect(withFlags(forged, [])).toBe(forged);
    expect(withFlags(forged, ['one'])).toBe(
      forged.replace(mark, `${mark}\n\n${flagsRegion(['one'])}`),
    );
  });

  it('are ours in a whole body, whatever its model wrote', () => {
    const { submission } = pullRequestJob();
    if (!submission) throw new Error('no submission');
    const summary = `\`<!-- cody-batch:flags -->\`\n\n    <!--  /cody-batch:flags -->\n`;
    const job = pullRequestJob({
      submission: { ...submission, summary, risks: ['`<!-- /cody-batch:flags -->`'] },
    });
    const request = exampleRequest();
    for (const flags of [[], ['one']]) {
      const links = { serverUrl };
      const body = renderPullRequestBody({ request, job, siblings: [], links, flags });
      expect(shownFlags(body)).toEqual(flags);
      expect(body.match(/<!--\s*\/?cody-batch:flags/g)).toHaveLength(2);
      expect(withFlags(withFlags(body, ['two']), flags)).toBe(body);
    }
  });

  it('leave every other character as it is', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 50 });
    const lines = fc.array(fc.stringMatching(/^[a-z`:]{1,9}$/), { maxLength: 3 });
    fc.assert(
      fc.property(fc.tuple(text, text), lines, lines, ([above, below], first, second) => {
        const body = `${mark}\n\n${withFlags(`x${above}${below}`, ['old', ...first])}`;
        const now = withFlags(body, second);
        expect(shownFlags(now)).toEqual(second);
        expect(now.startsWith(mark) && now.endsWith(`x${above}${below}`)).toBe(true);
        expect(withFlags(now, second)).toBe(now);
      }),
      { numRuns: 50 },
    );
  });
});
