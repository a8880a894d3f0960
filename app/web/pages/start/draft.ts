import { readRepository } from '../../../../core/command/options.ts';
import { visible } from '../../../../core/render/hidden.ts';
import { Effort } from '../../../../core/request.ts';
import { NewRequest } from '../../api/new-request.ts';
import { WebProblem } from '../../problem.ts';

/** What a person has filled in so far, as text. */
export type Draft = Readonly<{
  /** The button that was pressed: `find`, `prompts`, `saved:<name>`, else it is to be started. */
  step: string;
  /** Stands for this form: sending it twice starts one request. */
  key: string;
  prompt: string;
  /** `owner/name`, those in which the request counts as asked first. */
  repositories: readonly string[];
  /** Those of them that are private. */
  hidden: readonly string[];
  /** Base branches that differ from the one for all, by repository. */
  branches: Readonly<Record<string, string>>;
  /** Part of a name that repositories are looked for by. */
  find: string;
  model: string;
  effort: string;
  /** US dollars. */
  budget: string;
  base: string;
  path: string;
  plan: boolean;
  draft: boolean;
  patchOnly: boolean;
  allowPublic: boolean;
}>;

/** A form that nobody has filled in. */
export const emptyDraft: Draft = {
  step: '',
  key: '',
  prompt: '',
  repositories: [],
  hidden: [],
  branches: {},
  find: '',
  model: '',
  effort: '',
  budget: '',
  base: '',
  path: '',
  plan: false,
  draft: false,
  patchOnly: false,
  allowPublic: false,
};

/** Reads the form. Private repositories go first: what is asked counts as asked in the first one. */
export function readDraft(form: FormData): Draft {
  const whole = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const text = (name: string) => visible(whole(name)).text;
  const names = form
    .getAll('repository')
    .flatMap((one) => (typeof one === 'string' && isName(one) ? [one] : []));
  const chosen = [...new Set(names)];
  const hidden = chosen.filter((name) => form.get(`private:${name}`) !== null);
  const repositories = [...new Set([...hidden, ...chosen])];
  const branches = repositories.flatMap((name) => {
    const branch = text(`branch:${name}`);
    return branch === '' ? [] : [[name, branch] as const];
  });
  return {
    step: text('step'),
    key: text('key'),
    prompt: whole('prompt').replaceAll('\r\n', '\n'),
    repositories,
    hidden,
    branches: Object.fromEntries(branches),
    find: text('find').slice(0, 140),
    model: text('model'),
    effort: text('effort'),
    budget: text('budget'),
    base: text('base'),
    path: text('path'),
    plan: text('plan') !== '',
    draft: text('draft') !== '',
    patchOnly: text('patch_only') !== '',
    allowPublic: text('allow_public') !== '',
  };
}

/** True for `owner/name`: nothing else is put into the form. */
export function isName(text: string): boolean {
  return !text.includes('@') && readRepository(text) !== undefined;
}

/** Returns the body that the API takes for the same. Throws WebProblem with one sentence for each thing that is wrong. */
export function newRequestOf(draft: Draft): NewRequest {
  const { prompt, repositories, budget } = draft;
  const usd = Number(budget.replace(/^\$/, ''));
  const wrong = [
    ...(/^[\w-]{20,64}$/.test(draft.key) ? [] : ['The form is not complete. Load the page again.']),
    ...(prompt === '' ? ['Write what is to be done.'] : []),
    ...(repositories.length === 0 ? ['Choose at least one repository.'] : []),
    ...(repositories.length > 5 ? ['Choose five repositories at most.'] : []),
    ...(budget !== '' && !(usd > 0) ? ['Write the budget in US dollars, such as 2.50.'] : []),
  ];
  if (wrong.length > 0) throw refused(wrong);
  const read = NewRequest.safeParse({
    prompt,
    repositories: repositories.map((repository) => {
      const branch = draft.branches[repository];
      return { repository, ...(branch === undefined ? {} : { branch }) };
    }),
    options: optionsOf(draft, usd),
  });
  if (read.success) return read.data;
  throw refused(
    read.error.issues.map(({ path, message }) => `${path.at(-1)?.toString()}: ${message}`),
  );
}

function optionsOf(draft: Draft, usd: number) {
  const { model, effort, budget, base, path } = draft;
  return {
    ...(model === '' ? {} : { model }),
    ...(effort === '' ? {} : { effort: Effort.safeParse(effort).data }),
    ...(budget === '' ? {} : { budget_micro_usd: Math.round(usd * 1_000_000) }),
    ...(base === '' ? {} : { base }),
    ...(path === '' ? {} : { path }),
    ...(draft.plan ? { plan: true } : {}),
    ...(draft.draft ? { draft: true } : {}),
    ...(draft.patchOnly ? { open_pull_request: false } : {}),
    ...(draft.allowPublic ? { allow_public: true } : {}),
  };
}

function refused(details: readonly string[]): WebProblem {
  return new WebProblem('refused', 'This request was not started, and nothing was spent.', {
    errors: details.map((detail) => ({ detail })),
  });
}
