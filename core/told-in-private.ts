import type { Job } from './job.ts';
import type { Request } from './request.ts';

/**
 * True when a request was made where fewer people read than in the job's repository: then its texts stay out of all
 * that is published there (DESIGN §1, Privacy).
 */
export function toldInPrivate(
  { source }: Pick<Request, 'source'>,
  { repository }: Pick<Job, 'repository'>,
): boolean {
  return source.repository.private && !repository.private;
}
