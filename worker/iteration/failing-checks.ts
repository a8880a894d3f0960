import type { Logger } from 'pino';
import { z } from 'zod';
import { checksOf, isFailure, type ListedCheck } from '../../core/github/failed-checks.ts';
import type { Github } from '../../core/github/octokit.ts';
import type { RepositoryRef } from '../../core/request.ts';
import type { FailingCheck } from '../agent/pull-request-prompt.ts';
import { checkRunName } from '../publish/check-run.ts';
import { jobLogTail } from './log-tail.ts';

/** The commit whose checks are looked at, and what is needed to tell of them. */
export type ChecksOf = Readonly<{
  github: Github;
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  sha: string;
  /** Whether the token may read what workflows did. */
  mayReadLogs: boolean;
  redact: (text: string) => string;
  log: Pick<Logger, 'warn'>;
}>;

const maxChecks = 30;
/** Of so many it is told in detail what went wrong, in so many characters altogether. */
const maxDetailed = 5;
const maxDetails = 30_000;

/**
 * Returns the checks that fail on a commit: their names, and of the first five what they said, redacted: the end of the
 * job's log for GitHub Actions, else the output and its annotations. Our own threads are left out. Throws what Octokit
 * throws when the checks can not be listed; a detail that can not be read is left out.
 */
export async function failingChecks(of: ChecksOf): Promise<readonly FailingCheck[]> {
  const listed = await checksOf(of.github, of);
  const failing = listed
    .filter(({ name, conclusion }) => name !== checkRunName && isFailure(conclusion))
    .slice(0, maxChecks);
  const room = Math.floor(maxDetails / Math.max(1, Math.min(maxDetailed, failing.length)));
  const told: FailingCheck[] = [];
  for (const check of failing) {
    const { name, output } = check;
    const title = of.redact(output?.title ?? '').slice(0, 200);
    const details = told.length < maxDetailed ? await detailsOf(of, check) : '';
    told.push({ name, title, details: lastLines(of.redact(details), room) });
  }
  return told;
}

/** The slug of GitHub's own app; the id of a check run of its is that of the job. */
const actionsSlug = 'github-actions';

async function detailsOf(of: ChecksOf, check: ListedCheck): Promise<string> {
  const { github, repository } = of;
  try {
    if (check.app?.slug !== actionsSlug) return await outputOf(of, check);
    return of.mayReadLogs ? await jobLogTail(github, { repository, job_id: check.id }) : '';
  } catch (error) {
    // Logs are deleted after a while. The job goes on with what is known.
    of.log.warn({ err: error, check: check.id }, 'What a failing check said cannot be read');
    return '';
  }
}

const Annotation = z.object({
  path: z.string(),
  start_line: z.number().int(),
  message: z.string().nullish(),
});

/** The beginnings of summary and text: there, unlike in a log, the important part comes first. */
async function outputOf({ github, repository }: ChecksOf, check: ListedCheck): Promise<string> {
  const { summary, text, annotations_count = 0 } = check.output ?? {};
  const notes =
    annotations_count === 0
      ? []
      : (
          await github.rest.checks.listAnnotations({
            owner: repository.owner,
            repo: repository.name,
            check_run_id: check.id,
            per_page: 50,
          })
        ).data;
  return [
    (summary ?? '').slice(0, 4_000),
    (text ?? '').slice(0, 4_000),
    ...z
      .array(Annotation)
      .parse(notes)
      .map(
        ({ path, start_line, message }) =>
          `${path}:${start_line}: ${(message ?? '').slice(0, 500)}`,
      ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** As many whole lines at the end as fit. */
function lastLines(text: string, room: number): string {
  if (text.length <= room) return text;
  const kept = text.slice(-room).toWellFormed();
  const start = kept.indexOf('\n') + 1;
  return kept.slice(start < room / 2 ? start : 0);
}
