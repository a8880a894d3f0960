import { html } from 'hono/html';
import { money } from '../../../../core/render/money.ts';
import type { RepositoryRef } from '../../../../core/request.ts';
import type { Html } from '../html.ts';
import type { Draft } from './draft.ts';
import type { Estimates } from './estimate.ts';
import type { FoundRepositories } from './repositories.ts';

type Picker = Readonly<{ draft: Draft; found: FoundRepositories; estimate: Estimates }>;

/** Repositories to choose from, with a field that looks for others. What is chosen stays, found or not. */
export function repositoryPicker({ draft, found, estimate }: Picker): Html {
  const names = found.items.map(({ repository }) => fullName(repository));
  const elsewhere = draft.repositories.filter((name) => !names.includes(name));
  return html`<fieldset class="picker" data-most="5">
    <legend>Repositories <span class="hint">one to five</span></legend>
    <div class="line">
      <label
        ><span class="unseen">Part of the name</span>
        <input
          type="search"
          name="find"
          value="${draft.find}"
          placeholder="part of owner/name"
          maxlength="140"
          data-find
      /></label>
      <button type="submit" name="step" value="find" formnovalidate>Find</button>
      <output data-chosen>${draft.repositories.length} of 5 chosen</output>
    </div>
    <div class="choices" role="group" aria-label="Repositories to choose from">
      ${elsewhere.map((name) =>
        choice(name, {
          draft,
          estimate,
          branch: undefined,
          isPrivate: draft.hidden.includes(name),
        }),
      )}
      ${found.items.map(({ repository, default_branch: branch }) =>
        choice(fullName(repository), { draft, estimate, branch, isPrivate: repository.private }),
      )}
      ${found.items.length === 0 ? nothing(draft) : ''}
    </div>
    ${
      found.more
        ? html`<p class="hint">There may be more. Write a part of the name and press Find.</p>`
        : ''
    }
  </fieldset>`;
}

type Choice = Readonly<{
  draft: Draft;
  estimate: Estimates;
  /** The default branch; undefined when it is not known. */
  branch: string | undefined;
  isPrivate: boolean;
}>;

/** A repository; once it is chosen, also a field for the branch to start at. */
function choice(name: string, { draft, estimate, branch, isPrivate }: Choice): Html {
  const usual = estimate.repositories.get(name);
  const details = [
    ...(branch === undefined ? [] : [branch]),
    ...(isPrivate ? ['private'] : []),
    ...(usual ? [`${money(usual.low)}–${money(usual.high)}`] : []),
  ];
  const cost = usual ? html`data-low="${usual.low}" data-high="${usual.high}"` : '';
  return html`<div class="choice" data-name="${name.toLowerCase()}">
    <label class="check"
      ><input
        type="checkbox"
        name="repository"
        value="${name}"
        ${draft.repositories.includes(name) ? 'checked' : ''}
        ${cost}
      />
      ${name} <span class="detail">${details.join(' · ')}</span></label
    >
    ${isPrivate ? html`<input type="hidden" name="private:${name}" value="1" />` : ''}
    <label class="branch"
      ><span>Base<span class="unseen"> branch in ${name}</span></span>
      <input
        name="branch:${name}"
        value="${draft.branches[name] ?? ''}"
        placeholder="${branch ?? 'the default one'}"
        maxlength="200"
      />
    </label>
  </div>`;
}

function nothing({ find }: Draft): Html {
  return find === ''
    ? html`<p class="empty">
        There is no repository that you may write to and that the App is installed on.
      </p>`
    : html`<p class="empty">No repository that you may write to has this in its name.</p>`;
}

function fullName({ owner, name }: RepositoryRef): string {
  return `${owner}/${name}`;
}
