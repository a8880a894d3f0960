import { html } from 'hono/html';

import type { Html } from './visit.ts';

const STEPS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
] as const;

/** A moment (ms) as people say it, with the exact one on hover. */
export function time(now: number, moment: number): Html {
  const iso = new Date(moment).toISOString();
  const exact = `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
  return html`<time datetime="${iso}" title="${exact}">${ago(now - moment)}</time>`;
}

function ago(ms: number): string {
  const step = STEPS.find((candidate) => ms >= candidate.ms);
  return step ? `${Math.floor(ms / step.ms)} ${step.name} ago` : 'just now';
}
