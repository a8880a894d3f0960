import { z } from '@hono/zod-openapi';
import { totalTokens, type Usage } from '../../../core/usage.ts';
import { MicroUsd, Time } from './schema.ts';

const Sum = z.object({
  jobs: z.number().int(),
  cost_micro_usd: MicroUsd,
  tokens: z.number().int(),
});
const NamedSum = Sum.extend({ name: z.string() });

/** What work cost, summed in several ways. */
export const UsageDocument = z
  .object({
    since: Time,
    until: Time,
    complete: z.boolean().openapi({
      description: 'False when there is more than one call looks at: then the oldest is missing.',
    }),
    total: Sum,
    by_day: z.array(NamedSum).openapi({ description: 'Days are UTC, when the request was made.' }),
    by_user: z.array(NamedSum),
    by_repository: z.array(NamedSum),
    by_model: z.array(NamedSum),
    budget: z
      .object({ day: z.object({ committed_micro_usd: MicroUsd, cap_micro_usd: MicroUsd }) })
      .openapi({ description: 'What is spent or reserved of your own day, UTC.' }),
  })
  .openapi('Usage');
export type UsageDocument = z.infer<typeof UsageDocument>;

/** One job of the sums. */
export type UsageRow = Readonly<{
  day: string;
  user: string;
  repository: string;
  model: string;
  cost_micro_usd: number;
  usage: Usage;
}>;

type Sums = Pick<UsageDocument, 'total' | 'by_day' | 'by_user' | 'by_repository' | 'by_model'>;

/** Returns the sums of the rows: days in order, the rest by cost, the highest first. */
export function usageSums(rows: readonly UsageRow[]): Sums {
  const byCost = (name: (row: UsageRow) => string) =>
    grouped(rows, name).toSorted((a, b) => b.cost_micro_usd - a.cost_micro_usd);
  return {
    total: sumOf(rows),
    by_day: grouped(rows, ({ day }) => day).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    by_user: byCost(({ user }) => user),
    by_repository: byCost(({ repository }) => repository),
    by_model: byCost(({ model }) => model),
  };
}

function grouped(rows: readonly UsageRow[], name: (row: UsageRow) => string) {
  return [...Map.groupBy(rows, name)].map(([key, group]) => ({ name: key, ...sumOf(group) }));
}

function sumOf(rows: readonly UsageRow[]) {
  return {
    jobs: rows.length,
    cost_micro_usd: rows.reduce((sum, row) => sum + row.cost_micro_usd, 0),
    tokens: rows.reduce((sum, row) => sum + totalTokens(row.usage), 0),
  };
}
