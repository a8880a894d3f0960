import type { ReadConfig } from './read-repo-config.ts';

/** A file as it was found and read. */
export type ConfigFile<Config> = ReadConfig<Config> &
  Readonly<{
    /** How sentences call it, for example `.github/cody.yml`. */
    file: string;
    /** Its git blob; undefined when there is none. */
    sha?: string | undefined;
    /** True when it is private and speaks for what is public: nothing that it says is told then. */
    untold?: boolean | undefined;
  }>;
