import { html } from 'hono/html';

import type { Account } from '../world.ts';
import type { Html } from './visit.ts';

/** How many colours the style sheet has for faces. */
const COLOURS = 6;

/** A circle with the first letter of an account. */
export function face(account: Account): Html {
  const kind = account.type === 'Bot' ? 'face face-bot' : `face face-${account.id % COLOURS}`;
  return html`<span class="${kind}" aria-hidden="true"
    >${account.login.slice(0, 1).toUpperCase()}</span
  >`;
}

/** An account's name as text, and whether it is an App. */
export function name(account: Account): Html {
  if (account.type !== 'Bot') return html`<strong>${account.login}</strong>`;
  return html`<strong>${account.login.replace(/\[bot\]$/, '')}</strong>
    <span class="pill">bot</span>`;
}
