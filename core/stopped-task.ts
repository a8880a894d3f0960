import { z } from 'zod';

/** What ECS tells of a task's end, in its events as in DescribeTasks (Amazon ECS API reference, Task). */
export const StoppedTask = z.object({
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
  containers: z
    .array(z.object({ exitCode: z.number().int().optional(), reason: z.string().optional() }))
    .default([]),
});
export type StoppedTask = z.infer<typeof StoppedTask>;
