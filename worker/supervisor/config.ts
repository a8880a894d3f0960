/** What the supervisor hands on. It reads no value but the number of the descriptor that has the attempt's key. */
export type Handed = Readonly<{
  env: Readonly<Record<string, string>>;
  keyDescriptor: number | undefined;
}>;

/** Reads this process's environment. */
export function readHanded(): Handed {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) env[name] = value;
  }
  const { CODY_ATTEMPT_KEY_FD: descriptor } = env;
  return { env, keyDescriptor: descriptor === undefined ? undefined : Number(descriptor) };
}
