import { z } from 'zod';
import { sharedKeys } from './repository-config.ts';
import { RepositorySets } from './repository-set.ts';

/** `cody.yml` of an account's `.github` repository as it is written: defaults for its repositories, and sets. */
export const OrganizationFile = z.strictObject({
  ...sharedKeys,
  sets: RepositorySets.optional().describe('Repositories that one request works on together'),
});

/** What an organization says. All keys are optional. Money in micro-USD; prompts and sets are lists with names. */
export type OrganizationConfig = Omit<z.output<typeof OrganizationFile>, 'budgets'>;
