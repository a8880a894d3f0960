import { z } from 'zod';
import { terminalStates } from '../../../core/job-state.ts';
import type { CallFacts, Facts } from '../facts.ts';
import type { GithubWrite } from '../github-facts.ts';
import type { Violation } from '../invariants.ts';
import { isGithubWrite } from './github-write.ts';

/** Invariant 2: one branch and one pull request. Invariant 4: nothing twice, nothing lost, nothing after the end. */
export function judgeEffects(facts: Facts): readonly Violation[] {
  return [
    ...branches(facts).map((text) => ({ invariant: 2 as const, text })),
    ...[
      ...repeatedWrites(facts.github.writes),
      ...repeatedComments(facts),
      ...repeatedChecks(facts),
      ...surplusCommits(facts),
      ...journals(facts),
      ...facts.pointers.map(({ of, problem }) => `the ${of} that the table points at: ${problem}`),
      ...afterTheEnd(facts),
    ].map((text) => ({ invariant: 4 as const, text })),
  ];
}

function branches({ github, requests }: Facts): readonly string[] {
  return github.repositories.flatMap((repository) =>
    requests.flatMap(({ request }) => {
      const ours = (ref: string) => ref.startsWith(`cody/${request.id}`);
      const heads = repository.branches.filter(({ name }) => ours(name));
      const pulls = repository.pulls.filter(({ head }) => ours(head.ref));
      return [
        ...(heads.length > 1
          ? [`request ${request.id} has ${heads.length} branches in ${repository.name}`]
          : []),
        ...(pulls.length > 1
          ? [`request ${request.id} has ${pulls.length} pull requests in ${repository.name}`]
          : []),
      ];
    }),
  );
}

const Named = z.object({
  ref: z.string().optional(),
  content: z.string().optional(),
  head: z.string().optional(),
  name: z.string().optional(),
  head_sha: z.string().optional(),
  external_id: z.string().optional(),
});

/** What must be made only once, by what it is made of. GitHub answers 201 where something new came to be. */
function repeatedWrites(writes: readonly GithubWrite[]): readonly string[] {
  const made = writes.flatMap(({ method, path, status, body }) => {
    if (method !== 'POST' || status !== 201) return [];
    const once = /\/(git\/refs|pulls|check-runs|reactions|requested_reviewers)$/.exec(path)?.[1];
    if (once === undefined) return [];
    const named = Named.safeParse(body).data ?? {};
    return [`${path} ${Object.values(named).join(' ')}`];
  });
  return [...Map.groupBy(made, (what) => what)].flatMap(([what, all]) =>
    all.length > 1 ? [`made ${all.length} times: ${what}`] : [],
  );
}

/** A marker stands in one comment, and every comment that was ever written is still there. */
function repeatedComments({ github }: Facts): readonly string[] {
  const markers = github.comments.map(
    ({ body, id }) => /<!-- cody-batch:[a-z]+:[a-z0-9-]+ -->/.exec(body)?.[0] ?? String(id),
  );
  const posted = github.writes.filter(
    ({ method, path, status }) =>
      method === 'POST' && status === 201 && /\/issues\/\d+\/comments$/.test(path),
  );
  const { length } = github.comments;
  return [
    ...[...Map.groupBy(markers, (marker) => marker)].flatMap(([marker, all]) =>
      all.length > 1 ? [`${all.length} comments with ${marker}`] : [],
    ),
    ...(posted.length > length
      ? [`${posted.length} comments were posted, ${length} are there`]
      : []),
  ];
}

function repeatedChecks({ github }: Facts): readonly string[] {
  return github.repositories.flatMap(({ checks }) => {
    const keys = checks.map(({ name, head_sha, external_id }) =>
      [name, head_sha, external_id].join(' '),
    );
    return [...Map.groupBy(keys, (key) => key)].flatMap(([key, all]) =>
      all.length > 1 ? [`${all.length} check runs ${key}`] : [],
    );
  });
}

/** A request leaves at most one commit on the branch of a pull request. */
function surplusCommits({ github, requests }: Facts): readonly string[] {
  return github.repositories.flatMap(({ id, name, commits }) => {
    const jobs = requests
      .flatMap((one) => one.jobs)
      .filter(({ repository }) => repository.id === id);
    return Object.entries(commits).flatMap(([number, count]) => {
      const worked = jobs.filter(({ pull_request }) => pull_request?.number === Number(number));
      return count > worked.length
        ? [`${name}#${number} has ${count} commits of ${worked.length} jobs`]
        : [];
    });
  });
}

/** Entries count from 1 without gaps. */
function journals({ requests }: Facts): readonly string[] {
  return requests.flatMap((request) =>
    Object.entries(request.journals).flatMap(([job, numbers]) =>
      numbers.every((number, index) => number === index + 1)
        ? []
        : [`the journal of job ${job} has the entries ${numbers.join(', ')}`],
    ),
  );
}

/** A worker writes nothing more to GitHub when the end of its job is written. */
function afterTheEnd({ calls, requests }: Facts): readonly string[] {
  const jobs = requests.flatMap((request) => request.jobs);
  return jobs.flatMap(({ id }) => {
    const end = calls.find((call) => call.jobId === id && call.status === 200 && isEnd(call));
    if (!end) return [];
    const late = calls.filter(
      (call) => call.jobId === id && call.seq > end.seq && isGithubWrite(call),
    );
    return late.map(({ name }) => `job ${id} had ended, and then: ${name}`);
  });
}

function isEnd({ service, name }: CallFacts): boolean {
  return (
    service === 'dynamodb' &&
    terminalStates.some((state) => name.includes(`update job{state=${state}}`))
  );
}
