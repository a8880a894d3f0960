import { z } from 'zod';

/** An object in the bucket, named by its content. Written before the pointer to it. */
export const Pointer = z.object({
  key: z.string(),
  sha256: z.string().length(64),
  bytes: z.number().int().nonnegative(),
});
export type Pointer = z.infer<typeof Pointer>;
