import { scaleBand, scaleLinear } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';
import { html } from 'hono/html';
import { money } from '../../../../core/render/money.ts';
import type { UsageDocument } from '../../api/usage-document.ts';
import type { Html } from '../html.ts';

type Row = UsageDocument['by_day'][number];
type Span = Readonly<{ days: readonly Row[]; since: number; now: number }>;

const size = { width: 500, height: 190, left: 62, right: 6, top: 10, bottom: 24 } as const;
const dayMs = 86_400_000;

/** Cost by day as bars and its running total as a line in a plot of its own, with the numbers in a table. */
export function dayChart(span: Span): Html {
  const days = everyDay(span);
  const total = runningTotal(days);
  return html`<section aria-labelledby="days">
    <h2 id="days">By day (UTC)</h2>
    <div class="charts">
      <figure>
        <figcaption>Cost by day</figcaption>
        ${barChart(days)}
      </figure>
      <figure>
        <figcaption>Running total</figcaption>
        ${lineChart(total)}
      </figure>
    </div>
    <details class="numbers">
      <summary>The numbers as a table</summary>
      ${dayTable(days)}
    </details>
  </section>`;
}

/** Days without work are there too, so that the plot shows them. */
function everyDay({ days, since, now }: Span): readonly Row[] {
  const known = new Map(days.map((day) => [day.name, day]));
  const first = Math.floor(since / dayMs);
  const count = Math.floor(now / dayMs) - first + 1;
  return Array.from({ length: count }, (_, index) => {
    const name = new Date((first + index) * dayMs).toISOString().slice(0, 10);
    return known.get(name) ?? { name, jobs: 0, cost_micro_usd: 0, tokens: 0 };
  });
}

function runningTotal(days: readonly Row[]): readonly Row[] {
  let sum = 0;
  return days.map((day) => ({ ...day, cost_micro_usd: (sum += day.cost_micro_usd) }));
}

type Scales = Readonly<{
  x: (day: Row) => number;
  band: number;
  y: (cost: number) => number;
  axes: Html;
}>;

function scales(days: readonly Row[]): Scales {
  const names = days.map(({ name }) => name);
  const band = scaleBand(names, [size.left, size.width - size.right]).padding(0.25);
  const highest = Math.max(1, ...days.map((day) => day.cost_micro_usd));
  const y = scaleLinear([0, highest], [size.height - size.bottom, size.top]).nice(4);
  const every = Math.ceil(days.length / 7);
  const axes = html`${y
    .ticks(4)
    .map(
      (tick) =>
        html`<line
            class="grid"
            x1="${size.left}"
            x2="${size.width - size.right}"
            y1="${y(tick)}"
            y2="${y(tick)}"
          />
          <text x="${size.left - 6}" y="${y(tick) + 4}" text-anchor="end">${money(tick)}</text>`,
    )}
  ${days.map(({ name }, index) =>
    index % every === 0
      ? html`<text
          x="${(band(name) ?? 0) + band.bandwidth() / 2}"
          y="${size.height - 6}"
          text-anchor="middle"
        >
          ${name.slice(5)}
        </text>`
      : '',
  )}`;
  return { x: ({ name }) => band(name) ?? 0, band: band.bandwidth(), y, axes };
}

function barChart(days: readonly Row[]): Html {
  const { x, band, y, axes } = scales(days);
  const bottom = size.height - size.bottom;
  return plot(
    'Cost by day. The numbers are in the table below.',
    html`${axes}
    ${days.map((day) => {
      const top = y(day.cost_micro_usd);
      return html`<rect
        class="bar"
        x="${x(day).toFixed(1)}"
        y="${top.toFixed(1)}"
        width="${band.toFixed(1)}"
        height="${Math.max(0, bottom - top).toFixed(1)}"
        rx="2"
        ><title>${day.name}: ${money(day.cost_micro_usd)}, ${day.jobs} jobs</title></rect
      >`;
    })}`,
  );
}

function lineChart(days: readonly Row[]): Html {
  const { x, band, y, axes } = scales(days);
  const middle = (day: Row) => x(day) + band / 2;
  const height = (day: Row) => y(day.cost_micro_usd);
  const bottom = size.height - size.bottom;
  const path = line(middle, height).curve(curveMonotoneX)([...days]);
  const filled = area(middle, bottom, height).curve(curveMonotoneX)([...days]);
  return plot(
    'Running total of the cost. The numbers are in the table below.',
    html`${axes} <path class="fill" d="${filled}" /><path class="curve" d="${path}" />`,
  );
}

function plot(label: string, content: Html): Html {
  return html`<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">
    ${content}
  </svg>`;
}

function dayTable(days: readonly Row[]): Html {
  return html`<table class="plain-table">
    <thead>
      <tr>
        <th scope="col">Day (UTC)</th>
        <th scope="col" class="number">Jobs</th>
        <th scope="col" class="number">Tokens</th>
        <th scope="col" class="number">Cost</th>
      </tr>
    </thead>
    <tbody>
      ${days.map(
        (day) =>
          html`<tr>
            <th scope="row">${day.name}</th>
            <td class="number">${day.jobs}</td>
            <td class="number">${day.tokens.toLocaleString('en-US')}</td>
            <td class="number">${money(day.cost_micro_usd)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
