/** Sizes in bytes. */
type Memory = Readonly<{
  /** What the task may use; 0, or more than the machine has, where nothing limits it. */
  constrained: number;
  /** What the machine has. */
  total: number;
  /** Set where the machine is not the task's alone. */
  cap: number | undefined;
}>;

/**
 * Returns how much the agent process and its publisher may use together, in bytes: a share of their task, so that a
 * larger task gives more of it and what tools use has room beside it. A run takes less than 300 MB, and the largest
 * patch some times its size. Pure.
 */
export function maxMemory({ constrained, total, cap = Infinity }: Memory): number {
  return Math.min(cap, 0.6 * Math.min(constrained || Infinity, total));
}
