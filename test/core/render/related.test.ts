import { describe, expect, it } from 'vitest';
import { siblingsOf, relatedRegion, withRelated } from '../../../core/render/related.ts';
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
    const body = `above\n\n${relatedRegion({ siblings: [] })}\n\nbelow`;
    const listed = withRelated(body, { siblings: siblingsOf(job, [job, other]) });
    expect(listed).toContain('### Same request, other repositories');
    expect(listed.startsWith('above')).toBe(true);
    expect(listed.endsWith('below')).toBe(true);
    expect(withRelated(listed, { siblings: siblingsOf(job, [job, other]) })).toBe(listed);
    expect(withRelated(listed, { siblings: [] })).toBe(body);
  });

  it('takes marks that the text above quotes for text', () => {
    const quoted = `\`\`\`\n${relatedRegion({ siblings: [] })}\n\`\`\``;
    const listed = withRelated(`${quoted}\n\n${relatedRegion({ siblings: [] })}`, {
      siblings: siblingsOf(job, [job, other]),
    });
    expect(listed.startsWith(quoted)).toBe(true);
    expect(listed).toContain('### Same request, other repositories');
  });

  it('links the thread when there is one', () => {
    const body = relatedRegion({ siblings: [], thread: 'https://github.example/runs/1' });
    expect(body).toContain('[the message thread](https://github.example/runs/1)');
    expect(withRelated(body, { siblings: [] })).toBe(relatedRegion({ siblings: [] }));
  });

  it('leaves a body alone whose marks are gone', () => {
    expect(withRelated('mine now', { siblings: siblingsOf(job, [job, other]) })).toBe('mine now');
  });
});
