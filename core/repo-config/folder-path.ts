import { z } from 'zod';
import { readFolder } from '../command/options.ts';

/** A folder (or file) of the repository, read as `--path` reads it. */
export const FolderPath = z.string().transform((text, context) => {
  const path = readFolder(text);
  if (path !== undefined) return path;
  context.addIssue({
    code: 'custom',
    message: 'must be a folder from the root of the repository, for example `src/pages`',
  });
  return z.NEVER;
});
