import { expect, it } from 'vitest';
import { twiceTheMemory } from '../../core/task-size.ts';

it.each([
  [256, 512, { cpu: 256, memory_mib: 1_024 }],
  [256, 2_048, { cpu: 512, memory_mib: 4_096 }],
  [2_048, 4_096, { cpu: 2_048, memory_mib: 8_192 }],
  [2_048, 12_288, { cpu: 4_096, memory_mib: 24_576 }],
  [4_096, 30_720, { cpu: 8_192, memory_mib: 61_440 }],
  [8_192, 18_432, { cpu: 8_192, memory_mib: 36_864 }],
  [8_192, 22_000, { cpu: 8_192, memory_mib: 45_056 }],
  [16_384, 122_880, undefined],
])(
  'gives %i CPU units with %i MiB twice the memory in a size that Fargate takes',
  (...[cpu, memory_mib, larger]) => {
    expect(twiceTheMemory({ cpu, memory_mib })).toEqual(larger);
  },
);
