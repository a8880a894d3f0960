import type { Job } from '../../../core/job.ts';
import { isTerminal, maxAttempts, terminalStates } from '../../../core/job-state.ts';
import type { Facts, RequestFacts } from '../facts.ts';
import type { Expected, Violation } from '../invariants.ts';

/** Invariant 1: one end for each job, which people see. Invariant 7: queues and attempts are bounded. */
export function judgeEnds(facts: Facts, expected: Expected): readonly Violation[] {
  const texts = [
    ...facts.requests.flatMap((request) => endsOf(facts, request)),
    ...expectedEnds(facts, expected),
    ...endsOnce(facts),
  ];
  return [
    ...texts.map((text) => ({ invariant: 1 as const, text })),
    ...bounds(facts).map((text) => ({ invariant: 7 as const, text })),
  ];
}

function endsOf(facts: Facts, { request, report, jobs }: RequestFacts): readonly string[] {
  const status = facts.github.comments.filter(({ body }) =>
    body.includes(`<!-- cody-batch:status:${request.id} -->`),
  );
  const closing = facts.github.comments.filter(({ body }) =>
    body.includes(`<!-- cody-batch:closing:${request.id} -->`),
  );
  const shown = status[0]?.body ?? '';
  return [
    ...(status.length === 1 ? [] : [`request ${request.id} has ${status.length} status comments`]),
    ...(closing.length === 1
      ? []
      : [`request ${request.id} has ${closing.length} closing comments`]),
    ...(report && report.rendered >= report.wanted
      ? []
      : [`the comments of request ${request.id} are behind`]),
    ...jobs.flatMap((job) => endOf(facts, job, shown)),
  ];
}

const words: Readonly<Record<string, string>> = {
  pull_request: 'pull request',
  patch: 'patch kept',
  answered: 'answered',
  planned: 'plan ready',
  cancelled: 'cancelled',
  failed: 'failed',
};

function endOf(facts: Facts, job: Job, shown: string): readonly string[] {
  if (!isTerminal(job.state)) return [`job ${job.id} is ${job.state}`];
  const { owner, name } = job.repository;
  const place = `| \`${owner}/${name}@${job.base_branch}\` | `;
  const row = shown.split('\n').find((line) => line.startsWith(place)) ?? '';
  const checks = facts.github.repositories
    .flatMap((repository) => repository.checks)
    .filter((check) => check.external_id === job.id);
  const open = checks.filter(({ status }) => status !== 'completed');
  const needsCheck = ['pull_request', 'patch', 'answered', 'planned'].includes(job.state);
  const number = job.pull_request?.number;
  return [
    ...(row.slice(place.length).includes(words[job.state] ?? '?')
      ? []
      : [`the status comment does not show that job ${job.id} is ${job.state}: ${row}`]),
    ...(job.state === 'pull_request' && !row.includes(`#${number}`)
      ? [`the status comment does not name the pull request of job ${job.id}`]
      : []),
    ...(job.cause ? [] : [`job ${job.id} ended without a cause`]),
    ...(open.length > 0 ? [`job ${job.id} has an open check run`] : []),
    ...(needsCheck && checks.length === 0 ? [`job ${job.id} has no check run`] : []),
  ];
}

function expectedEnds(facts: Facts, { ends }: Expected): readonly string[] {
  const jobs = facts.requests.at(-1)?.jobs ?? [];
  return ends.flatMap((allowed, index) => {
    const job = jobs[index];
    if (!job) return [`there is no job ${index + 1}`];
    return allowed.includes(job.state)
      ? []
      : [
          `job ${job.id} ended as ${job.state} (${job.cause?.code}), not as ${allowed.join(' or ')}`,
        ];
  });
}

/** No more moves into an end were accepted than there are jobs. */
function endsOnce({ calls, requests }: Facts): readonly string[] {
  const ended = calls.filter(
    ({ service, name, status }) =>
      service === 'dynamodb' &&
      status === 200 &&
      terminalStates.some((state) => name.includes(`update job{state=${state}}`)),
  );
  const jobs = requests.at(-1)?.jobs.length ?? 0;
  const writes = new Set(ended.map(({ token, seq }) => token ?? seq));
  return writes.size > jobs ? [`${writes.size} ends were written for ${jobs} jobs`] : [];
}

function bounds({ requests, queues, github }: Facts): readonly string[] {
  const jobs = requests.flatMap((request) => request.jobs);
  return [
    ...jobs
      .filter(({ attempt }) => attempt > maxAttempts)
      .map(({ id, attempt }) => `job ${id} had ${attempt} attempts`),
    ...Object.entries(queues)
      .filter(([, depth]) => depth > 0)
      .map(([name, depth]) => `${depth} messages are left in ${name}`),
    ...github.brokenLimits.map((limit) => `GitHub's limit was broken: ${limit}`),
  ];
}
