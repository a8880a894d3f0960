import type { Facts } from '../facts.ts';
import type { Expected, Violation } from '../invariants.ts';

/** Invariant 3: nothing runs unrecorded. 8: nothing is written elsewhere. 9: no secret gets out. */
export function judgeReach(facts: Facts, { requests }: Expected): readonly Violation[] {
  return [
    ...unrecorded(facts, requests).map((text) => ({ invariant: 3 as const, text })),
    ...elsewhere(facts).map((text) => ({ invariant: 8 as const, text })),
    ...facts.leaks.map((where) => ({ invariant: 9 as const, text: `a secret stands in ${where}` })),
    ...facts.standin.map((text) => ({ invariant: 10 as const, text })),
  ];
}

function unrecorded(facts: Facts, wanted: number | undefined): readonly string[] {
  const ids = facts.requests.map(({ request }) => request.id);
  const jobs = facts.requests.flatMap((request) => request.jobs.map(({ id }) => id));
  const strange = facts.calls.filter(
    ({ jobId }) => jobId !== undefined && jobId !== '' && !jobs.includes(jobId),
  );
  const branches = facts.github.repositories.flatMap((repository) => repository.branches);
  return [
    ...(wanted !== undefined && ids.length !== wanted
      ? [`${ids.length} requests were recorded, not ${wanted}`]
      : []),
    ...[...new Set(strange.map(({ jobId }) => jobId))].map((id) => `job ${id} ran unrecorded`),
    ...branches
      .filter(({ name }) => name.startsWith('cody/'))
      .filter(({ name }) => !ids.some((id) => name.startsWith(`cody/${id}`)))
      .map(({ name }) => `branch ${name} belongs to no request`),
  ];
}

function elsewhere({ github, place }: Facts): readonly string[] {
  return github.writes.flatMap(({ path, installationId, method }) => {
    if (path === '/installation/token') return [];
    const id = Number(/^\/repositories\/(\d+)/.exec(path)?.[1]);
    const inside =
      path.startsWith(`/repos/${place.owner}/`) || place.repositoryIds.some((one) => one === id);
    return inside && installationId === place.installationId ? [] : [`written: ${method} ${path}`];
  });
}
