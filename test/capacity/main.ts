import { readCapacityConfig } from './config.ts';
import { describeFigures, type Figures } from './figures.ts';
import { simulate } from './simulate.ts';

/** `npm run capacity`: how long jobs wait, for whom, at what cost, and which wall is met first (docs/capacity.md). */
const { tiers, json } = readCapacityConfig(process.argv.slice(2));
const results: Figures[] = [];
for (const tier of tiers) {
  const figures = await simulate(tier);
  results.push(figures);
  process.stdout.write(`${describeFigures(figures)}\n\n`);
}
if (json) process.stdout.write(`${JSON.stringify({ tiers: results })}\n`);
