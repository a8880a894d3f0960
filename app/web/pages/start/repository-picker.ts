import { html } from 'hono/html';
import type { RepositoryRef } from '../../../../core/request.ts';
import type { Html } from '../html.ts';
import type { Draft } from './draft.ts';
import type { FoundRepositories } from './repositories.ts';

type Picker = Readonly<{ draft: Draft; found: FoundRepositories }>;

/** Repositories to choose from, with a field that looks for others. What is chosen stays, found or not. */
export function repositoryPicker({ draft, found }: Picker): Html {
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
      ${elsewhere.map((name) => choice(name, { isChosen: true, detail: '', isPrivate: false }))}
      ${found.items.map(({ repository, default_branch: branch }) =>
        choice(fullName(repository), {
          isChosen: draft.repositories.includes(fullName(repository)),
          detail: `${branch}${repository.private ? ' · private' : ''}`,
          isPrivate: repository.private,
        }),
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

type Choice = Readonly<{ isChosen: boolean; detail: string; isPrivate: boolean }>;

function choice(name: string, { isChosen, detail, isPrivate }: Choice): Html {
  return html`<label class="check" data-name="${name.toLowerCase()}"
    ><input type="checkbox" name="repository" value="${name}" ${isChosen ? 'checked' : ''} />
    ${name} <span class="detail">${detail}</span>${
      isPrivate ? html`<input type="hidden" name="private:${name}" value="1" />` : ''
    }</label
  >`;
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
