import type { Grant, Needs } from './access.ts';
import { notFound, validationFailed } from './github-error.ts';
import type { Comment, Issue, PullIssue } from './issue.ts';
import { isPull } from './issue.ts';
import { numberParam, type RepositoryCall } from './route.ts';
import type { Role } from './world.ts';

/** GitHub's limit on the body of an issue, a pull request or a comment, in characters. */
const BODY_LIMIT = 65_536;

/** The issue or pull request that the path names. Throws 404. */
export function issueOf(call: RepositoryCall): Issue {
  const issue = call.repository.issues.get(numberParam(call, 'issue_number'));
  if (!issue) throw notFound();
  return issue;
}

/** The pull request that the path names. Throws 404. */
export function pullOf(call: RepositoryCall): PullIssue {
  const issue = call.repository.issues.get(numberParam(call, 'pull_number'));
  if (!issue || !isPull(issue)) throw notFound();
  return issue;
}

/** The comment that the path names, with its thread. Throws 404. */
export function commentOf(call: RepositoryCall): { issue: Issue; comment: Comment } {
  const id = numberParam(call, 'comment_id');
  for (const issue of call.repository.issues.values()) {
    const comment = issue.comments.find((one) => one.id === id);
    if (comment) return { issue, comment };
  }
  throw notFound();
}

/** What a thread's route needs: the permission follows from what the thread is, an issue or a pull request. */
export function threadNeeds(level: 'read' | 'write', role: Role = 'read') {
  return (call: RepositoryCall): Needs => {
    const issue = 'comment_id' in call.params ? commentOf(call).issue : issueOf(call);
    const issues: Grant = `issues=${level}`;
    const pulls: Grant = `pull_requests=${level}`;
    return { any: issue.pull ? [pulls, issues] : [issues], role };
  };
}

/** Throws GitHub's 422 for a title that is blank or longer than 256 characters. */
export function checkTitle(resource: string, title: string | undefined): void {
  if ((title ?? '').trim() === '') {
    throw validationFailed({ resource, field: 'title', code: 'missing_field' });
  }
  if ((title ?? '').length > 256) {
    const message = 'title is too long (maximum is 256 characters)';
    throw validationFailed({ resource, field: 'title', code: 'custom', message });
  }
}

/** Throws GitHub's 422 for a body that is empty (when it must not be) or too long. */
export function checkText(
  resource: string,
  body: string | null | undefined,
  required = false,
): void {
  if (required && (body ?? '').trim() === '') {
    throw validationFailed({ resource, field: 'body', code: 'missing_field' });
  }
  if ((body ?? '').length > BODY_LIMIT) {
    throw validationFailed({
      resource,
      field: 'body',
      code: 'custom',
      message: `body is too long (maximum is ${BODY_LIMIT} characters)`,
    });
  }
}
