import { z } from 'zod';

import { diffFiles, mergeBase } from './git-diff.ts';
import { unprocessable } from './github-error.ts';
import type { PullIssue, ReviewComment } from './issue.ts';
import type { RepositoryCall } from './route.ts';

/** Where a review comment is to stand, as the caller says it. */
export const Place = z.object({
  path: z.string(),
  line: z.number().optional(),
  position: z.number().optional(),
  side: z.enum(['LEFT', 'RIGHT']).optional(),
  start_line: z.number().optional(),
  subject_type: z.enum(['line', 'file']).optional(),
  body: z.string(),
});
export type Place = z.infer<typeof Place>;

/** Where it stands, with the hunk around it. */
export type Located = Pick<
  ReviewComment,
  'path' | 'line' | 'startLine' | 'side' | 'subjectType' | 'diffHunk' | 'body'
>;

/** Finds the hunk that a comment stands on. Throws 422 for a file or a line outside the diff. */
export async function locate(
  call: RepositoryCall,
  issue: PullIssue,
  place: Place,
): Promise<Located> {
  const { git } = call.hub;
  const { dir } = call.repository;
  const { pull } = issue;
  const range = { from: pull.baseSha, to: pull.headSha };
  const from = (await mergeBase(git, dir, range)) ?? pull.baseSha;
  const files = await diffFiles(git, dir, { from, to: pull.headSha });
  const file = files.find((candidate) => candidate.filename === place.path);
  if (!file) throw unprocessable('pull_request_review_thread.path is invalid');
  const side = place.side ?? 'RIGHT';
  const whole = place.subject_type === 'file';
  const line = whole ? null : (place.line ?? place.position ?? null);
  const hunk = whole ? '' : hunkAt(file.patch ?? '', line ?? 0, side);
  if (hunk === undefined)
    throw unprocessable('pull_request_review_thread.line must be part of the diff');
  return {
    path: place.path,
    line,
    startLine: place.start_line ?? null,
    side,
    subjectType: whole ? 'file' : 'line',
    diffHunk: hunk,
    body: place.body,
  };
}

function hunkAt(patch: string, line: number, side: 'LEFT' | 'RIGHT'): string | undefined {
  const hunks = patch.split(/^(?=@@ )/m);
  return hunks.find((hunk) => {
    const [, oldStart, oldCount = '1', newStart, newCount = '1'] =
      /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(hunk) ?? [];
    const start = Number(side === 'LEFT' ? oldStart : newStart);
    const count = Number(side === 'LEFT' ? oldCount : newCount);
    return line >= start && line < start + count;
  });
}
