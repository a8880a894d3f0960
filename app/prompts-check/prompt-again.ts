import type { Bucket } from '../../core/bucket.ts';
import type { Request } from '../../core/request.ts';
import type { PromptCommand } from '../accept/decide.ts';

/** Requests of the time before it was noted. */
const everything = { model: true, effort: true, budget: true };

/** Returns a request's prompt as a command for the place where it is given, with the wishes that came with it. */
export async function promptAgain(
  { bucket }: Readonly<{ bucket: Bucket }>,
  request: Request,
): Promise<PromptCommand> {
  // What nobody asked for is left to the files once more: they may have changed.
  const { model, effort, draft, path, untold, asked = everything } = request;
  const share = Math.ceil(request.budget_micro_usd / request.job_ids.length);
  return {
    type: 'prompt',
    prompt: (await bucket.get(request.prompt)).toString('utf8'),
    excerpt: request.prompt_excerpt,
    ...(untold ? { untold } : {}),
    repositories: [],
    ...(asked.model ? { model } : {}),
    ...(asked.effort ? { effort } : {}),
    ...(asked.budget ? { budget_micro_usd: share } : {}),
    ...(draft === undefined ? {} : { draft }),
    ...(path === undefined ? {} : { path }),
    open_pull_request: request.open_pull_request,
    ...(request.plan ? { plan: true } : {}),
  };
}
