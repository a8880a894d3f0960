import { describe, expect, it } from 'vitest';
import { siblingsOf, siblingsRegion, withSiblings } from '../../../core/render/siblings.ts';
import { pullRequestJob } from './examples.ts';

const job = pullRequestJob();
const other = {
  ...job,
  id: `${job.request_id}-2`,
  repository: { ...job.repository, id: 99, name: 'other' },
};

describe('siblings', () => {
  it('lists the pull requests of the other jobs only', () => {
    const unfinished = { ...other, id: `${job.request_id}-3`, pull_request: undefined };
    expect(siblingsOf(job, [job, other, unfinished])).toEqual([
      {
        repository: other.repository,
        number: other.pull_request?.number,
        url: other.pull_request?.url,
      },
    ]);
  });

  it('names no private repository in a public one', () => {
    const open = { ...job, repository: { ...job.repository, private: false } };
    const hidden = { ...other, repository: { ...other.repository, private: true } };
    expect(siblingsOf(open, [open, hidden])).toEqual([]);
    expect(siblingsOf(hidden, [open, hidden])).toHaveLength(1);
  });

  it('replaces the list and keeps what people wrote around it', () => {
    const body = `above\n\n${siblingsRegion([])}\n\nbelow`;
    const listed = withSiblings(body, siblingsOf(job, [job, other]));
    expect(listed).toContain('### Same request, other repositories');
    expect(listed.startsWith('above')).toBe(true);
    expect(listed.endsWith('below')).toBe(true);
    expect(withSiblings(listed, siblingsOf(job, [job, other]))).toBe(listed);
    expect(withSiblings(listed, [])).toBe(body);
  });

  it('takes marks that the text above quotes for text', () => {
    const quoted = `\`\`\`\n${siblingsRegion([])}\n\`\`\``;
    const listed = withSiblings(
      `${quoted}\n\n${siblingsRegion([])}`,
      siblingsOf(job, [job, other]),
    );
    expect(listed.startsWith(quoted)).toBe(true);
    expect(listed).toContain('### Same request, other repositories');
  });

  it('leaves a body alone whose marks are gone', () => {
    expect(withSiblings('mine now', siblingsOf(job, [job, other]))).toBe('mine now');
  });
});
