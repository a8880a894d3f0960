import { html } from 'hono/html';
import { duration } from '../../../../core/render/duration.ts';
import type { Html } from '../html.ts';

const steps = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
] as const;

/** A moment (Unix ms) as how long ago it is, with the exact one at hand. The page's script keeps it up to date. */
export function age(now: number, at: number): Html {
  return html`<time datetime="${iso(at)}" title="${exact(at)}" data-age>${ago(now - at)}</time>`;
}

/** How long something has been going on since a moment (Unix ms). */
export function elapsed(now: number, since: number): Html {
  const ms = Math.max(0, now - since);
  return html`<time datetime="${iso(since)}" data-elapsed>${duration(ms)}</time>`;
}

/** A moment (Unix ms) in UTC, to the second. */
export function clock(at: number): Html {
  return html`<time datetime="${iso(at)}">${exact(at)}</time>`;
}

function ago(ms: number): string {
  const step = steps.find((candidate) => ms >= candidate.ms);
  return step ? `${Math.floor(ms / step.ms)} ${step.name} ago` : 'just now';
}

function exact(at: number): string {
  return `${iso(at).slice(0, 19).replace('T', ' ')} UTC`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
