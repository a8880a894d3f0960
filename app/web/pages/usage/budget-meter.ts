import { scaleLinear } from 'd3-scale';
import { html } from 'hono/html';
import { money } from '../../../../core/render/money.ts';
import type { Html } from '../html.ts';

type Budget = Readonly<{ committed_micro_usd: number; cap_micro_usd: number }>;

const width = 120;

/** What is left of a budget, in words and as a bar of what is spent or reserved. */
export function budgetMeter({ committed_micro_usd: used, cap_micro_usd: cap }: Budget): Html {
  const x = scaleLinear([0, Math.max(1, cap)], [0, width]).clamp(true);
  return html`${money(Math.max(0, cap - used))}
    <span class="detail">of ${money(cap)}</span>
    <svg viewBox="0 0 ${width} 6" class="meter-bar" aria-hidden="true" preserveAspectRatio="none">
      <rect class="track" width="${width}" height="6" rx="3" />
      <rect class="bar" width="${x(used).toFixed(1)}" height="6" rx="3" />
    </svg>`;
}
