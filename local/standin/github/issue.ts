/** One reaction of one account. */
export type Reaction = Readonly<{
  id: number;
  userId: number;
  content: string;
  createdAt: number;
}>;

export type Comment = {
  readonly id: number;
  body: string;
  readonly authorId: number;
  readonly appId: number | null;
  readonly createdAt: number;
  updatedAt: number;
  readonly reactions: Reaction[];
};

export type ReviewComment = Comment & {
  readonly reviewId: number;
  readonly path: string;
  readonly commitId: string;
  readonly diffHunk: string;
  readonly line: number | null;
  readonly startLine: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly subjectType: 'line' | 'file';
  readonly inReplyTo: number | null;
};

export type Review = {
  readonly id: number;
  readonly userId: number;
  readonly body: string;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'PENDING';
  readonly commitId: string;
  readonly submittedAt: number;
};

export type Pull = {
  readonly id: number;
  readonly headRef: string;
  /** Where the head is when it comes from a fork. */
  headRepositoryId?: number;
  headSha: string;
  baseRef: string;
  baseSha: string;
  draft: boolean;
  mergedAt: number | null;
  mergedById: number | null;
  mergeCommitSha: string | null;
  readonly requestedReviewers: Set<number>;
  readonly reviews: Review[];
  readonly reviewComments: ReviewComment[];
};

/** An issue, or a pull request when `pull` is set: both share one sequence of numbers. */
export type Issue = {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  readonly authorId: number;
  readonly appId: number | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null;
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  closedById: number | null;
  readonly labels: Set<string>;
  readonly assignees: Set<number>;
  readonly comments: Comment[];
  readonly reactions: Reaction[];
  readonly pull: Pull | null;
};

/** A pull request with its issue half. */
export type PullIssue = Issue & { readonly pull: Pull };

/** Whether the issue is a pull request. */
export function isPull(issue: Issue): issue is PullIssue {
  return issue.pull !== null;
}
