import { html } from 'hono/html';
import type { Policy } from '../../../../core/policy.ts';
import { money } from '../../../../core/render/money.ts';
import { Effort } from '../../../../core/request.ts';
import type { Html } from '../html.ts';
import type { Draft } from './draft.ts';
import { type Estimates, estimateOf } from './estimate.ts';
import { repositoryPicker } from './repository-picker.ts';
import type { FoundRepositories } from './repositories.ts';
import type { Saved } from './saved.ts';

/** All that the form shows. */
export type Form = Readonly<{
  draft: Draft;
  problems: readonly string[];
  found: FoundRepositories;
  saved: Saved;
  estimate: Estimates;
  policy: Policy;
  token: string;
}>;

/** The form that starts a request. Enter in a field starts it too: the button for that stands first. */
export function startView(form: Form): Html {
  const { draft, problems, token } = form;
  return html`<h1>New request</h1>
    ${problems.length === 0 ? '' : problemList(problems)}
    <form method="post" action="/new" class="start">
      <input type="hidden" name="token" value="${token}" />
      <input type="hidden" name="key" value="${draft.key}" />
      <button type="submit" class="unseen" tabindex="-1" aria-hidden="true">Start</button>
      <div>
        <label for="prompt">Prompt</label>
        <textarea
          id="prompt"
          name="prompt"
          rows="9"
          required
          maxlength="60000"
          dir="auto"
          aria-describedby="prompt-hint"
        >
${draft.prompt}</textarea>
        <p class="hint" id="prompt-hint">
          What is to be done, and how one sees that it is done. The same prompt goes to every
          repository.
        </p>
        ${repositoryPicker(form)} ${savedPrompts(form)}
        <div class="actions">
          <button type="submit" class="primary">Start the request</button>
          <span class="hint">You need write permission in every repository.</span>
        </div>
      </div>
      <aside aria-label="Options and cost">${options(form)} ${cost(form)}</aside>
    </form>`;
}

function problemList(problems: readonly string[]): Html {
  return html`<div class="problem" role="alert" tabindex="-1" data-focus>
    <p><strong>Nothing was started, and nothing was spent.</strong></p>
    <ul>
      ${problems.map((problem) => html`<li>${problem}</li>`)}
    </ul>
  </div>`;
}

function savedPrompts({ saved, draft }: Form): Html {
  const { repository, prompts } = saved;
  if (repository === undefined || prompts.length === 0)
    return html`<p class="line">
      <button type="submit" name="step" value="prompts" formnovalidate>Show saved prompts</button>
      ${
        draft.step === 'prompts'
          ? html`<span class="hint" role="status"
              >${repository === undefined ? 'Choose a repository first.' : `None is saved for ${repository}.`}</span
            >`
          : ''
      }
    </p>`;
  return html`<fieldset>
    <legend>Saved prompts of ${repository}</legend>
    <ul class="saved">
      ${prompts.map(
        ({ name, description, prompt }) =>
          html`<li>
            <button type="submit" name="step" value="saved:${name}" formnovalidate>${name}</button>
            <span class="hint">${description ?? prompt.slice(0, 120)}</span>
          </li>`,
      )}
    </ul>
  </fieldset>`;
}

function options({ draft, policy }: Form): Html {
  return html`<fieldset>
    <legend>Options</legend>
    <label for="model">Model</label>
    <select id="model" name="model">
      ${option('', `default: ${policy.model}`, draft.model)}
      ${policy.models.map((model) => option(model, model, draft.model))}
    </select>
    <label for="effort">Effort</label>
    <select id="effort" name="effort">
      ${option('', `default: ${policy.effort}`, draft.effort)}
      ${Effort.options.map((effort) => option(effort, effort, draft.effort))}
    </select>
    <label for="budget">Budget of the request, US dollars</label>
    <input id="budget" name="budget" inputmode="decimal" value="${draft.budget}" maxlength="12" />
    <label for="base">Base branch of all</label>
    <input
      id="base"
      name="base"
      value="${draft.base}"
      placeholder="the default one"
      maxlength="200"
    />
    <label for="path">Only below this folder</label>
    <input id="path" name="path" value="${draft.path}" placeholder="everywhere" maxlength="500" />
    ${check('plan', 'Only make a plan', draft.plan)}
    ${check('draft', 'Open pull requests as drafts', draft.draft)}
    ${check('patch_only', 'Keep a patch, open no pull request', draft.patchOnly)}
    ${check('allow_public', 'Allow public repositories beside private ones', draft.allowPublic)}
  </fieldset>`;
}

function option(value: string, text: string, chosen: string): Html {
  return html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${text}</option>`;
}

function check(name: string, text: string, on: boolean): Html {
  return html`<label class="check"
    ><input type="checkbox" name="${name}" value="1" ${on ? 'checked' : ''} /> ${text}</label
  >`;
}

function cost({ estimate, policy, draft }: Form): Html {
  const count = Math.max(1, draft.repositories.length);
  const cap = Math.min(policy.budget.job * count, policy.budget.request);
  return html`<fieldset data-job="${policy.budget.job}" data-request="${policy.budget.request}">
    <legend>Cost</legend>
    <p>
      At most <strong data-cap>${money(cap)}</strong> without a budget of yours:
      ${money(policy.budget.job)} per repository, ${money(policy.budget.request)} per request, or
      less where the repository’s file says so.
    </p>
    <p data-usual aria-live="polite">${usualWords(estimate, draft.repositories)}</p>
    ${
      estimate.models.length === 0
        ? ''
        : html`<table class="plain-table">
            <caption>
              What half of the last jobs cost, per repository
            </caption>
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col" class="number">Between</th>
                <th scope="col" class="number">Middle</th>
              </tr>
            </thead>
            <tbody>
              ${estimate.models.map(
                ({ name, low, middle, high, jobs }) =>
                  html`<tr>
                    <th scope="row">${name} <span class="detail">${jobs} jobs</span></th>
                    <td class="number">${money(low)}–${money(high)}</td>
                    <td class="number">${money(middle)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
  </fieldset>`;
}

/** What the chosen repositories are likely to cost together. The page's script says it in the same words. */
function usualWords(estimate: Estimates, names: readonly string[]): string {
  if (names.length === 0) return '';
  const { low, high, known } = estimateOf(estimate, names);
  if (known === 0) return 'Too few jobs have ended there to say what one usually costs.';
  const some = known < names.length ? `, for ${known} of the ${names.length} chosen` : '';
  return `There it is usually ${money(low)}–${money(high)} together${some}.`;
}
