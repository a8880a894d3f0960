import { html } from 'hono/html';
import { money } from '../../../../core/render/money.ts';
import { tokens } from '../../../../core/render/tokens.ts';
import type { UsageDocument } from '../../api/usage-document.ts';
import type { Html } from '../html.ts';
import type { PageDeps } from '../page-deps.ts';
import type { Page, Visit } from '../visit.ts';
import { barTable } from './bar-table.ts';
import { budgetMeter } from './budget-meter.ts';
import { dayChart } from './day-chart.ts';

const spans = [7, 14, 31] as const;

/** What work cost in the last days, in sums and plots; each plot has its numbers as a table beside it. */
export async function usagePage(deps: PageDeps, visit: Visit): Promise<Page> {
  const days = spans.find((span) => String(span) === visit.query('days')) ?? spans[0];
  const usage = await deps.readUsage(visit.viewer, days);
  return {
    title: 'Usage',
    section: 'usage',
    body: html`<div class="head">
        <h1>Usage</h1>
        <nav class="pills" aria-label="Span">
          ${spans.map(
            (span) =>
              html`<a href="?days=${span}" ${span === days ? html`aria-current="true"` : ''}
                >${span} days</a
              > `,
          )}
        </nav>
      </div>
      <p class="hint">
        Of work in repositories that you may read.
        ${usage.complete ? '' : 'Only the newest 1,000 requests are counted: older ones of these days are missing.'}
      </p>
      ${tiles(usage)} ${usage.total.jobs === 0 ? empty(days) : plots(usage, visit.now)}`,
  };
}

function tiles({ total, budget }: UsageDocument): Html {
  return html`<dl class="tiles">
    <div>
      <dt>Spent</dt>
      <dd>${money(total.cost_micro_usd)}</dd>
    </div>
    <div>
      <dt>Jobs</dt>
      <dd>${total.jobs.toLocaleString('en-US')}</dd>
    </div>
    <div>
      <dt>Tokens</dt>
      <dd>${tokens(total.tokens)}</dd>
    </div>
    <div class="meter">
      <dt>Left of your day (UTC)</dt>
      <dd>${budgetMeter(budget.day)}</dd>
    </div>
  </dl>`;
}

function empty(days: number): Html {
  return html`<div class="empty"><p>No work in the last ${days} days.</p></div>`;
}

function plots(usage: UsageDocument, now: number): Html {
  return html`${dayChart({ days: usage.by_day, since: Date.parse(usage.since), now })}
    <div class="columns">
      ${barTable('By repository', usage.by_repository)} ${barTable('By model', usage.by_model)}
      ${barTable('By person', usage.by_user)}
    </div>`;
}
