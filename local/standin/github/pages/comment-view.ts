import { html } from 'hono/html';

import type { Reaction } from '../issue.ts';
import { accountById } from '../world.ts';
import { face, name } from './account-view.ts';
import type { Markdown } from './markdown.ts';
import { time } from './time.ts';
import type { Html, Visit } from './visit.ts';

/** What somebody wrote. Times in ms. */
type Shown = Readonly<{
  anchor: string;
  authorId: number;
  body: string;
  createdAt: number;
  updatedAt: number;
  reactions: readonly Reaction[];
  /** What the author did, when it is more than commenting. */
  verb?: string;
}>;

/** A comment with its author, time, text and reactions. */
export function commentView(visit: Visit, markdown: Markdown, shown: Shown): Html {
  const { world } = visit.hub;
  const author = accountById(world, shown.authorId);
  const edited = shown.updatedAt > shown.createdAt;
  return html`<article class="comment" id="${shown.anchor}">
    <header>
      ${face(author)} <span>${name(author)} ${shown.verb ?? 'commented'}</span>
      <a class="when" href="#${shown.anchor}">${time(world.now(), shown.createdAt)}</a>
      ${edited ? html`<span class="when">edited ${time(world.now(), shown.updatedAt)}</span>` : ''}
    </header>
    ${
      shown.body.trim() === ''
        ? html`<p class="empty">No description.</p>`
        : html`<div class="markdown">${markdown(shown.body)}</div>`
    }
    ${shown.reactions.length === 0 ? '' : reactionsView(visit, shown.reactions)}
  </article>`;
}

const SIGNS: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

function reactionsView({ hub }: Visit, reactions: readonly Reaction[]): Html {
  const groups = Object.groupBy(reactions, ({ content }) => content);
  return html`<p class="reactions">
    ${Object.entries(groups).map(([content, group = []]) => {
      const names = group.map(({ userId }) => accountById(hub.world, userId).login).join(', ');
      return html`<span class="pill" title="${content} by ${names}"
        >${SIGNS[content] ?? content} ${group.length}</span
      >`;
    })}
  </p>`;
}
