import { describe, expect, it } from 'vitest';
import { findRequest } from '../../../app/accept/find-request.ts';
import { exampleJob, exampleRequest } from '../../core/render/examples.ts';

const here = { id: 11, owner: 'acme', name: 'api', private: true };
const other = { id: 12, owner: 'acme', name: 'ledger', private: true };

type Looked = Readonly<{
  now: typeof here;
  targets: readonly (typeof here)[];
  madeIn?: typeof here;
}>;

/** Looks for the only request there is from a repository as it is now: on pull request #7 there, which it has worked on. */
function find({ now, targets, madeIn = here }: Looked) {
  const { source } = exampleRequest();
  const request = exampleRequest({ source: { ...source, repository: madeIn } });
  const jobs = targets.map((repository) => exampleJob(repository.name, { repository }));
  const link = { request_id: request.id, repository_id: now.id, number: 7 };
  const deps = {
    requests: {
      get: async (id: string) => (id === request.id ? request : undefined),
      latestOf: async () => (madeIn.id === now.id ? request : undefined),
      linksOf: async () => [link, { ...link, request_id: 'gone' }] as never,
    },
    jobs: { ofRequest: async () => jobs },
  };
  const at = { repository: now, issue_number: 7, pull_request: 7, comment_id: 1 };
  const place = { type: 'issue_comment' as const, installation_id: 1, url: source.url, ...at };
  return findRequest(deps, { source: place }, undefined);
}

const names = (found: Awaited<ReturnType<typeof find>>) =>
  found?.jobs.map(({ repository }) => repository.name);

describe('a request that was made in private', () => {
  it('is found there', async () => {
    const found = await find({ now: here, targets: [here, other] });
    expect(names(found)).toEqual(['api', 'ledger']);
    expect(found?.elsewhere).toBeUndefined();
  });

  it('is not told of where everybody reads by now, if it names a private repository', async () => {
    const now = { ...here, private: false };
    expect(await find({ now, targets: [here, other] })).toBeUndefined();
    expect(await find({ now, targets: [here] })).toBeDefined();
  });

  it('has only its own part on the pull request of a public repository, and no name', async () => {
    const now = { ...other, private: false };
    const found = await find({ now, targets: [here, now] });
    expect(names(found)).toEqual(['ledger']);
    expect(found?.elsewhere).toEqual({ url: undefined, answers: true, private: true });
  });
});

describe('a request that was made in another repository', () => {
  it('does not name a private one to the readers of another private one', async () => {
    const found = await find({ now: other, targets: [here, other] });
    expect(names(found)).toEqual(['ledger']);
    expect(found?.elsewhere).toEqual({ url: undefined, answers: true, private: false });
  });

  it('is found through the pull request that it has worked on, with the part of that repository', async () => {
    const madeIn = { ...here, private: false };
    const now = { ...other, private: false };
    const found = await find({ now, madeIn, targets: [madeIn, now] });
    expect(names(found)).toEqual(['ledger']);
    expect(found?.elsewhere).toMatchObject({ url: found?.request.source.url, private: false });
  });

  it('is not found where it does not work', async () => {
    expect(await find({ now: other, targets: [here] })).toBeUndefined();
  });
});
