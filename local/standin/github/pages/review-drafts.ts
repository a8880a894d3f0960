/** A remark on a line that is not sent yet. */
export type Remark = Readonly<{
  path: string;
  line: number;
  side: 'LEFT' | 'RIGHT';
  body: string;
}>;

/** Whose review of which pull request. */
export type DraftKey = Readonly<{ accountId: number; pullId: number }>;

/** The reviews that people have begun. Nobody else sees their remarks until they are sent. */
export type ReviewDrafts = Readonly<{
  of: (key: DraftKey) => readonly Remark[];
  set: (key: DraftKey, remarks: readonly Remark[]) => void;
}>;

/** Creates an empty store in memory. */
export function createReviewDrafts(): ReviewDrafts {
  const drafts = new Map<string, readonly Remark[]>();
  return {
    of: (key) => drafts.get(name(key)) ?? [],
    set: (key, remarks) => {
      drafts.set(name(key), remarks);
    },
  };
}

function name({ accountId, pullId }: DraftKey): string {
  return `${accountId}/${pullId}`;
}
