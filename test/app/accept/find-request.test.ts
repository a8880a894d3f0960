import { describe, expect, it } from 'vitest';
import { findRequest } from '../../../app/accept/find-request.ts';
import { exampleJob, exampleRequest } from '../../core/render/examples.ts';

const here = { id: 11, owner: 'acme', name: 'api', private: true };
const other = { id: 12, owner: 'acme', name: 'ledger', private: true };

/** Looks for the only request there is, which was made in private, from a repository as it is now. */
function find({ now, targets }: { now: typeof here; targets: readonly (typeof here)[] }) {
  const { source } = exampleRequest();
  const request = exampleRequest({ source: { ...source, repository: here } });
  const jobs = targets.map((repository) => exampleJob(repository.name, { repository }));
  const deps = {
    requests: {
      get: async () => request,
      latestOf: async () => request,
      linksOf: async () => [],
    },
    jobs: { ofRequest: async () => jobs },
  };
  return findRequest(deps, { source: { ...source, repository: now } }, undefined);
}

describe('a request that was made in private', () => {
  it('is found there', async () => {
    expect(await find({ now: here, targets: [here, other] })).toBeDefined();
  });

  it('is not told of where everybody reads by now, if it names a private repository', async () => {
    const now = { ...here, private: false };
    expect(await find({ now, targets: [here, other] })).toBeUndefined();
    expect(await find({ now, targets: [here] })).toBeDefined();
  });

  it('is not found from another repository', async () => {
    expect(await find({ now: other, targets: [other] })).toBeUndefined();
  });
});
