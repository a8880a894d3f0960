import type { ApiParts } from '../api/api-deps.ts';
import type { RateLimit } from '../guard/rate-limit.ts';
import type { Assets } from './read-assets.ts';
import type { FormTokens } from './frame/form-tokens.ts';

/** What the pages stand on: all that the API has, and what is theirs alone. */
export type PageDeps = ApiParts &
  Readonly<{
    assets: Assets;
    formTokens: FormTokens;
    /** How many pages a person may load. */
    limit: RateLimit;
  }>;
