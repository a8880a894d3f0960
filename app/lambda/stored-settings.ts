import type { Env } from '../../core/config.ts';

/** How an environment variable says that its value stands in Parameter Store: `ssm:<name>`. */
const mark = 'ssm:';

type Read = (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Returns the names of the variables whose values stand in Parameter Store. */
export function storedNames(env: Env): readonly string[] {
  return Object.keys(env).filter((name) => env[name]?.startsWith(mark));
}

/**
 * Returns the environment with the values of the parameters that it names. One that does not exist counts as not set,
 * so that whoever reads the configuration names all that is missing. A policy comes as its text. Throws what reading
 * throws.
 */
export async function withStoredSettings(env: Env, read: Read): Promise<Env> {
  const named = storedNames(env).map(
    (name) => [name, (env[name] ?? '').slice(mark.length)] as const,
  );
  if (named.length === 0) return env;
  const values = await read(named.map(([, parameter]) => parameter));
  const stored = named.map(([name, parameter]) => [name, values.get(parameter)] as const);
  const { CODY_POLICY: policy, ...rest } = { ...env, ...Object.fromEntries(stored) };
  if (!env['CODY_POLICY']?.startsWith(mark)) return { ...rest, CODY_POLICY: policy };
  return { ...rest, CODY_POLICY_TEXT: policy };
}
