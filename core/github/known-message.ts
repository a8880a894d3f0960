import { HttpFailure, explanations } from './http-failure.ts';

/** GitHub's wording, where no status or field tells the cases apart. The only place that knows it. */
const wording = [
  ['secondary_rate_limit', /secondary rate limit|abuse detection/i],
  ['repository_archived', /^repository was archived/i],
  ['repository_empty', /^git repository is empty/i],
  ['workflows_permission', /without `?workflows?`? (permission|scope)/i],
  ['reference_exists', /^reference already exists/i],
  ['reference_missing', /^reference does not exist/i],
  ['not_fast_forward', /is not a fast forward/i],
  ['protected_branch', /protected branch|repository rule violations|rule violations found/i],
  ['pull_request_exists', /^a pull request already exists/i],
  ['no_commits_between', /^no commits between/i],
  ['base_missing', /^base (ref|branch) must be a branch|^the base branch .* does not exist/i],
  ['draft_unsupported', /^draft pull requests are not supported/i],
  ['reviewer_refused', /^reviews? (may|can|cannot) (only )?be requested/i],
  ['tree_too_large', /too many (tree )?(entries|files)|tree is too large/i],
  ['not_a_user', /is not a user$/i],
] as const;

/** What GitHub says in words only. */
export type KnownMessage = (typeof wording)[number][0];

/** What the error says, if it is an answer of GitHub in words that we know; otherwise undefined. */
export function knownMessage(error: unknown): KnownMessage | undefined {
  const failure = HttpFailure.safeParse(error);
  if (!failure.success) return undefined;
  const said = explanations(failure.data);
  return wording.find(([, pattern]) => said.some((text) => pattern.test(text)))?.[0];
}

/** The HTTP status of an error that Octokit threw because GitHub answered, otherwise undefined. */
export function answeredStatus(error: unknown): number | undefined {
  const failure = HttpFailure.safeParse(error);
  return failure.success && failure.data.response ? failure.data.status : undefined;
}
