import { html } from 'hono/html';
import type { Html } from '../html.ts';

/** Names with what they stand for; those without a value are left out. */
export function facts(
  items: readonly (readonly [name: string, value: string | Html | undefined])[],
): Html {
  return html`<dl class="facts">
    ${items.map(([name, value]) =>
      value === undefined
        ? ''
        : html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`;
}
