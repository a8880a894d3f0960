import { describe, expect, it } from 'vitest';
import { demoDocument } from '../../../local/demo/document.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';

const timings = { receive: 3.6, accept: 40.2, total: 9000 };

describe('the JSON document of the demo', () => {
  it('holds exactly the documented names', () => {
    const request = exampleRequest({ jobs: 1 });
    const jobs = exampleJobs(request, {
      state: 'pull_request',
      cause: { code: 'completed', sentence: 'The work is ready for review.' },
      branch: 'cody/abc-fix',
      pull_request: { number: 2, url: 'u', draft: false, head_sha: 'b'.repeat(40), files: 3 },
      check_run: { id: 5, url: 'u', conclusion: 'success' },
      turns: 4,
      timings_ms: { dispatch: 12.4, agent: 800 },
    });
    expect(demoDocument({ request, jobs, live: false, timings })).toEqual({
      model: 'scripted',
      request: { id: request.id, status: 'succeeded' },
      jobs: [
        {
          repository: 'acme/repository-1',
          state: 'pull_request',
          cause: 'completed',
          base_sha: 'a'.repeat(40),
          branch: 'cody/abc-fix',
          pull_request: { number: 2, head_sha: 'b'.repeat(40), files: 3 },
          check_run: { id: 5, conclusion: 'success' },
          turns: 4,
          usage: {
            input_tokens: 0,
            cache_read_input_tokens: 0,
            cache_creation_input_tokens: 0,
            output_tokens: 0,
          },
          cost_micro_usd: 0,
        },
      ],
      timings_ms: {
        receive: 4,
        accept: 40,
        dispatch: 12,
        claim: 0,
        workspace: 0,
        agent: 800,
        publish: 0,
        total: 9000,
      },
    });
  });

  it('gives the time of the slowest job and the id of a real model', () => {
    const request = exampleRequest({ jobs: 2 });
    const [first, second] = exampleJobs(request);
    if (!first || !second) throw new Error('two jobs were asked for');
    const jobs = [
      { ...first, timings_ms: { agent: 700, publish: 90 } },
      { ...second, timings_ms: { agent: 900, publish: 20 } },
    ];
    const document = demoDocument({ request, jobs, live: true, timings });
    expect(document.model).toBe('claude-sonnet-5-5');
    expect(document.timings_ms).toMatchObject({ agent: 900, publish: 90 });
  });
});
