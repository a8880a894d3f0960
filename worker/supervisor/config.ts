/**
 * What the supervisor hands on. It reads two values: the number of the descriptor that has the attempt's key, and what a
 * run may use at the most where the machine is not its task's alone.
 */
export type Handed = Readonly<{
  env: Readonly<Record<string, string>>;
  keyDescriptor: number | undefined;
  /** In bytes. */
  cap: number | undefined;
}>;

/** Reads this process's environment. */
export function readHanded(): Handed {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) env[name] = value;
  }
  const { CODY_ATTEMPT_KEY_FD: descriptor, CODY_RUN_MEMORY_MB: memory } = env;
  return {
    env,
    keyDescriptor: descriptor === undefined ? undefined : Number(descriptor),
    // What is no number limits nothing beyond the task's share.
    cap: (Number(memory) || Infinity) * 1024 ** 2,
  };
}
