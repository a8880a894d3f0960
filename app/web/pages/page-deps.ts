import type { ApiParts } from '../api/api-deps.ts';
import type { KeepLimits } from '../guard/keep-limits.ts';
import type { Assets } from './read-assets.ts';
import type { FormTokens } from './frame/form-tokens.ts';

/** What the pages stand on: all that the API has, and what is theirs alone. */
export type PageDeps = ApiParts &
  Readonly<{
    assets: Assets;
    formTokens: FormTokens;
    keepLimits: KeepLimits;
  }>;
