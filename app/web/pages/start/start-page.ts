import { UserError } from '../../../../core/errors.ts';
import { randomKey } from '../../../../core/ids.ts';
import { createRequest } from '../../api/create-request.ts';
import { WebProblem } from '../../problem.ts';
import type { PageDeps } from '../page-deps.ts';
import type { Moved, Page, Sent, Visit } from '../visit.ts';
import { estimateCosts } from './estimate.ts';
import { type Draft, emptyDraft, isName, newRequestOf, readDraft } from './draft.ts';
import { findRepositories } from './repositories.ts';
import { readSaved, withSaved } from './saved.ts';
import { startView } from './start-view.ts';

/** The form that starts a request. `repository` in the address chooses one. */
export async function startPage(deps: PageDeps, visit: Visit): Promise<Page> {
  const chosen = visit.query('repository');
  const draft = {
    ...emptyDraft,
    repositories: chosen !== undefined && isName(chosen) ? [chosen] : [],
  };
  return await view(deps, visit, { draft, problems: [] });
}

/**
 * Takes the form: to look for repositories, to fill in a saved prompt, or to start. What is wrong is told on the form,
 * which keeps everything that was filled in.
 */
export async function startForm(deps: PageDeps, sent: Sent): Promise<Page | Moved> {
  const draft = readDraft(sent.form);
  if (draft.step === 'find' || draft.step === 'prompts')
    return await view(deps, sent, { draft, problems: [] });
  if (draft.step.startsWith('saved:')) {
    const saved = await readSaved(deps, sent.viewer, draft.repositories[0]);
    const filled = withSaved(draft, saved.prompts, draft.step.slice('saved:'.length));
    return await view(deps, sent, { draft: filled, problems: [] });
  }
  try {
    const body = newRequestOf(draft);
    const idempotencyKey = `form:${draft.key}`;
    const { request } = await createRequest(deps, { viewer: sent.viewer, idempotencyKey, body });
    return { to: `/requests/${request.id}` };
  } catch (error) {
    return await view(deps, sent, { draft, problems: problemsOf(error) });
  }
}

/** What the person can do something about. Throws everything else on. */
function problemsOf(error: unknown): readonly string[] {
  if (error instanceof UserError)
    return [error.next === undefined ? error.message : `${error.message} ${error.next}`];
  if (!(error instanceof WebProblem) || error.status >= 500) throw error;
  return error.errors.length === 0 ? [error.message] : error.errors.map(({ detail }) => detail);
}

type Shown = Readonly<{ draft: Draft; problems: readonly string[] }>;

async function view(deps: PageDeps, visit: Visit, { draft, problems }: Shown): Promise<Page> {
  const [found, saved, estimate] = await Promise.all([
    findRepositories(deps, visit.viewer, draft.find),
    readSaved(deps, visit.viewer, draft.repositories[0]),
    estimateCosts(deps, visit.viewer),
  ]);
  return {
    title: 'New request',
    section: 'new',
    ...(problems.length === 0 ? {} : { status: 422 }),
    body: startView({
      // Whatever was sent with the key before, this form is another one.
      draft: { ...draft, key: randomKey() },
      problems,
      found,
      saved,
      estimate,
      policy: deps.accept.policy,
      token: visit.token,
    }),
  };
}
