import type { ReadConfig } from './read-repo-config.ts';

/** A file as it was found and read. */
export type ConfigFile<Config> = ReadConfig<Config> &
  Readonly<{
    /** How sentences call it, for example `.github/cody.yml`. */
    file: string;
    /** Its git blob; undefined when there is none. */
    sha?: string | undefined;
  }>;
