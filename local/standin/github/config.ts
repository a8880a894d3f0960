import { z } from 'zod';

const Config = z.object({ PATH: z.string().min(1).default('/usr/local/bin:/usr/bin:/bin') });

/** The part of the environment that the stand-in reads: where `git` is found. */
type Config = Readonly<{ path: string }>;

/** Reads the stand-in's configuration. Throws a ZodError when PATH is set but empty. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return { path: Config.parse({ PATH: env['PATH'] }).PATH };
}
