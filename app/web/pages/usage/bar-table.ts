import { scaleLinear } from 'd3-scale';
import { html } from 'hono/html';
import { money } from '../../../../core/render/money.ts';
import { tokens } from '../../../../core/render/tokens.ts';
import type { UsageDocument } from '../../api/usage-document.ts';
import type { Html } from '../html.ts';

type Row = UsageDocument['by_day'][number];

/** Rows that are shown; the rest is summed up. */
const most = 12;
const width = 100;

/** A table whose costs are also bars, the highest first. */
export function barTable(title: string, rows: readonly Row[]): Html {
  const shown =
    rows.length > most ? [...rows.slice(0, most - 1), rest(rows.slice(most - 1))] : rows;
  const highest = Math.max(1, ...shown.map((row) => row.cost_micro_usd));
  const x = scaleLinear([0, highest], [0, width]);
  return html`<section class="bars">
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">Jobs</th>
          <th scope="col" class="number">Tokens</th>
          <th scope="col" class="number">Cost</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (row) =>
            html`<tr>
              <th scope="row">
                ${row.name}
                <svg viewBox="0 0 ${width} 4" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="bar" width="${x(row.cost_micro_usd).toFixed(1)}" height="4" />
                </svg>
              </th>
              <td class="number">${row.jobs}</td>
              <td class="number">${tokens(row.tokens)}</td>
              <td class="number">${money(row.cost_micro_usd)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function rest(rows: readonly Row[]): Row {
  const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0);
  return {
    name: `${rows.length} others`,
    jobs: sum((row) => row.jobs),
    cost_micro_usd: sum((row) => row.cost_micro_usd),
    tokens: sum((row) => row.tokens),
  };
}
