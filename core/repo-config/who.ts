import { z } from 'zod';

/**
 * A person (`login`) or a team (`organization/team`) on GitHub; a leading `@` is dropped. What is not a name on GitHub
 * is refused here, so that it is never put into an address of its API.
 */
export const Who = z
  .string()
  .regex(
    /^@?[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\/[A-Za-z0-9][A-Za-z0-9_.-]{0,99})?$/,
    'must be a login, or a team as `organization/team`',
  )
  .transform((name) => name.replace(/^@/, ''));

/** The two parts of a team's name, or undefined for a person. */
export function teamOf(who: string): Readonly<{ organization: string; slug: string }> | undefined {
  const [organization = '', slug] = who.split('/');
  return slug === undefined ? undefined : { organization, slug: slug.toLowerCase() };
}
