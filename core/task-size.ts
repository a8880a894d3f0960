import { z } from 'zod';

/** What a worker's task gets: CPU in units of 1/1024 vCPU, memory in MiB. */
export const TaskSize = z.object({ cpu: z.number().int(), memory_mib: z.number().int() });
export type TaskSize = z.infer<typeof TaskSize>;

type Range = Readonly<{ cpu: number; least: number; most: number; step: number }>;

/** What Fargate takes for Linux (Amazon ECS Developer Guide, "Fargate task CPU and memory"). */
const ranges: readonly Range[] = [
  { cpu: 256, least: 512, most: 2_048, step: 512 },
  { cpu: 512, least: 1_024, most: 4_096, step: 1_024 },
  { cpu: 1_024, least: 2_048, most: 8_192, step: 1_024 },
  { cpu: 2_048, least: 4_096, most: 16_384, step: 1_024 },
  { cpu: 4_096, least: 8_192, most: 30_720, step: 1_024 },
  { cpu: 8_192, least: 16_384, most: 61_440, step: 4_096 },
  { cpu: 16_384, least: 32_768, most: 122_880, step: 8_192 },
];

/**
 * Returns the smallest size that Fargate takes with at least twice the memory and no less CPU; undefined when there is
 * none. Pure.
 */
export function twiceTheMemory(size: TaskSize): TaskSize | undefined {
  const wanted = size.memory_mib * 2;
  for (const { cpu, least, most, step } of ranges) {
    if (cpu < size.cpu || wanted > most) continue;
    const memory_mib = Math.max(least, Math.ceil(wanted / step) * step);
    if (memory_mib <= most) return { cpu, memory_mib };
  }
  return undefined;
}
