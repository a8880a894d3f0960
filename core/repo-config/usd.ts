import { z } from 'zod';

/** An amount as people write it, in USD; kept in micro-USD. */
export const Usd = z
  .number()
  .min(0.01)
  .max(10_000)
  .transform((dollars) => Math.round(dollars * 1_000_000));
