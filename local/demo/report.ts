import type { Job } from '../../core/job.ts';
import { money } from '../../core/render/money.ts';
import { usageLine } from '../../core/render/tokens.ts';
import type { Comment } from './github-objects.ts';
import type { RepositoryView } from './repository-view.ts';
import type { Terminal } from './terminal.ts';
import { shellOff } from './words.ts';

/** Everything that is shown at the end. */
export type Report = Readonly<{
  comments: readonly Comment[];
  views: readonly RepositoryView[];
  jobs: readonly Job[];
  gitUrl: (owner: string, name: string) => string;
}>;

/** Prints comments, pull requests with diffs, check runs, costs and how to fetch the branches. */
export function printReport(terminal: Terminal, report: Report): void {
  for (const comment of report.comments) {
    terminal.heading(`Comment ${comment.html_url}`);
    terminal.block(comment.body);
  }
  for (const view of report.views) printRepository(terminal, view);
  terminal.heading('Results');
  for (const job of report.jobs) terminal.line(resultLine(job));
  const cost = report.jobs.reduce((sum, job) => sum + job.cost_micro_usd, 0);
  terminal.line(`Total cost ${money(cost)}.`);
  printFetch(terminal, report);
  if (report.jobs.some((job) => job.sandbox?.shell === false)) {
    terminal.line('');
    for (const line of shellOff) terminal.line(line);
  }
}

function printRepository(terminal: Terminal, { target, pulls, checkRuns }: RepositoryView): void {
  const name = `${target.owner}/${target.name}`;
  for (const { pull, diff } of pulls) {
    terminal.heading(`Pull request ${name}#${pull.number}${pull.draft ? ' (draft)' : ''}`);
    terminal.line(pull.title);
    terminal.line('');
    terminal.block(pull.body ?? '');
    terminal.heading(`Diff of ${name}#${pull.number}`);
    terminal.block(diff);
  }
  for (const run of checkRuns) {
    const state = run.conclusion ?? run.status;
    terminal.heading(`Check run ${run.name} of ${name} on ${run.head_sha.slice(0, 10)} (${state})`);
    terminal.line(run.output.title ?? '');
    terminal.line('');
    terminal.block(run.output.summary ?? '');
  }
}

function resultLine(job: Job): string {
  const pull = job.pull_request;
  return [
    `${job.repository.owner}/${job.repository.name}: ${job.state}`,
    ...(pull ? [`#${pull.number}${pull.draft ? ' (draft)' : ''}`] : []),
    `verification ${job.verification?.status ?? 'none'}`,
    `${job.turns} turns`,
    `tokens: ${usageLine(job.usage)}`,
    money(job.cost_micro_usd),
  ].join(' · ');
}

function printFetch(terminal: Terminal, { views, gitUrl }: Report): void {
  const branches = views.flatMap(({ target, pulls }) =>
    pulls.map(({ pull }) => ({ url: gitUrl(target.owner, target.name), branch: pull.head.ref })),
  );
  if (branches.length === 0) return;
  terminal.heading('Fetch the branches while the demo is up');
  for (const { url, branch } of branches) {
    terminal.line(`git clone --branch ${branch} ${url}`);
    terminal.line(`git fetch ${url} ${branch}`);
  }
}
