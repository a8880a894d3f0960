import { z } from 'zod';

const Override = z.object({
  containerOverrides: z
    .array(
      z.object({
        environment: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
      }),
    )
    .optional(),
});

/** Inputs of the ECS calls (AWS JSON 1.1), as far as the local endpoint reads them. */
export type RunTask = z.infer<typeof RunTask>;
export const RunTask = z.object({
  cluster: z.string().default('default'),
  taskDefinition: z.string(),
  count: z.number().int().default(1),
  overrides: Override.optional(),
  clientToken: z.string().optional(),
  startedBy: z.string().optional(),
});

export type DescribeTasks = z.infer<typeof DescribeTasks>;
export const DescribeTasks = z.object({
  cluster: z.string().default('default'),
  tasks: z.array(z.string()),
});

export type ListTasks = z.infer<typeof ListTasks>;
export const ListTasks = z.object({
  cluster: z.string().default('default'),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
  startedBy: z.string().optional(),
  family: z.string().optional(),
  maxResults: z.number().int().min(1).max(100).default(100),
  nextToken: z.string().optional(),
});

export type StopTask = z.infer<typeof StopTask>;
export const StopTask = z.object({
  cluster: z.string().default('default'),
  task: z.string(),
  reason: z.string().default('Task stopped by user'),
});

/** Returns the environment that a RunTask call adds to the task definition's own. */
export function environmentOf(call: RunTask): Record<string, string> {
  const pairs = call.overrides?.containerOverrides?.flatMap(({ environment }) => environment ?? []);
  return Object.fromEntries((pairs ?? []).map(({ name, value }) => [name, value]));
}

/** Returns the last part of an ARN or name, without a revision: the family, cluster name or task id. */
export function plainName(arnOrName: string): string {
  const last = arnOrName.slice(arnOrName.lastIndexOf('/') + 1);
  return last.split(':')[0] ?? last;
}
