import { z } from 'zod';

/** A folder (or file) of the repository, from its root, without `./` and without a slash at its end. */
export const FolderPath = z
  .string()
  .max(300)
  .transform((path) => path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, ''))
  .refine(isInside, 'must be a folder from the root of the repository, for example `src/pages`');

/** True for a path that stays inside of the repository and is no pattern. */
function isInside(path: string): boolean {
  if (path === '' || path.startsWith('/') || /[\p{Cc}\\*?[\]{}]/u.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
