import type { Github } from './octokit.ts';

/** Conclusions that Cody's check runs have. */
export type Conclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out' | 'skipped';

/** What stands in a check run. */
export type RunContent = Readonly<{
  conclusion: Conclusion;
  output?: Readonly<{ title: string; summary: string }>;
  details_url?: string;
  actions?: readonly Readonly<{ label: string; description: string; identifier: string }>[];
}>;

type Place = Readonly<{ owner: string; repo: string }>;

/*
 * The only place that writes check runs. A run of ours is completed in the call that makes it, so that none is left open
 * by a crash: GitHub would show it as going on for 14 days.
 */

/** Makes a completed check run and returns what GitHub answers. Throws what Octokit throws. */
export async function createCompletedRun(
  github: Github,
  place: Place,
  run: RunContent & Readonly<{ name: string; head_sha: string; external_id?: string }>,
): Promise<unknown> {
  const { data } = await github.rest.checks.create({ ...place, ...body(run) });
  return data;
}

/** Completes a check run, again if need be, and returns what GitHub answers. Throws what Octokit throws. */
export async function completeRun(
  github: Github,
  place: Place,
  run: RunContent & Readonly<{ check_run_id: number }>,
): Promise<unknown> {
  const { data } = await github.rest.checks.update({ ...place, ...body(run) });
  return data;
}

function body<T extends RunContent>({ output, actions, ...run }: T) {
  return {
    ...run,
    status: 'completed' as const,
    ...(output ? { output: { ...output } } : {}),
    ...(actions ? { actions: [...actions] } : {}),
  };
}
