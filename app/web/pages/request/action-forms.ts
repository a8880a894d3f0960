import { z } from 'zod';
import { readRepository } from '../../../../core/command/options.ts';
import { cancelRequest, goOnWithRequest } from '../../api/act-on-request.ts';
import { WebProblem } from '../../problem.ts';
import type { PageDeps } from '../page-deps.ts';
import type { Moved, Sent } from '../visit.ts';

const Fields = z.object({
  /** Stands for this form: sending it twice does it once. */
  key: z.string().regex(/^[\w-]{20,64}$/),
  repository: z
    .string()
    .transform((text) => readRepository(text))
    .optional(),
});

/** Cancels what of a request is not done, or what one of its jobs does. */
export async function cancelForm(deps: PageDeps, sent: Sent): Promise<Moved> {
  const id = sent.param('id');
  const { repository } = fieldsOf(sent);
  await cancelRequest(deps, { viewer: sent.viewer, id, repository });
  return { to: `/requests/${id}` };
}

/** Runs again what failed, in a new request, and goes to that. */
export function retryForm(deps: PageDeps, sent: Sent): Promise<Moved> {
  return goOn(deps, sent, 'retry');
}

/** Goes on with what was stopped, in a new request, and goes to that. */
export function continueForm(deps: PageDeps, sent: Sent): Promise<Moved> {
  return goOn(deps, sent, 'continue');
}

async function goOn(deps: PageDeps, sent: Sent, type: 'retry' | 'continue'): Promise<Moved> {
  const { key, repository } = fieldsOf(sent);
  const { request } = await goOnWithRequest(deps, {
    viewer: sent.viewer,
    id: sent.param('id'),
    repository: type === 'retry' ? repository : undefined,
    idempotencyKey: `form:${key}`,
    type,
  });
  return { to: `/requests/${request.id}` };
}

function fieldsOf({ form }: Sent): z.infer<typeof Fields> {
  const read = Fields.safeParse(Object.fromEntries(form));
  if (read.success) return read.data;
  throw new WebProblem('invalid_request', 'The form is not complete. Load the page again.');
}
