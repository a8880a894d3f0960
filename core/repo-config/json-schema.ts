import { z } from 'zod';
import { OrganizationFile } from './organization-config.ts';
import { RepositoryFile } from './repository-config.ts';

/** The JSON Schemas of the two files, for editors. The names are those of the files in `docs/`. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    'cody.schema.json': titled(RepositoryFile, '.github/cody.yml of a repository'),
    'cody-organization.schema.json': titled(
      OrganizationFile,
      "cody.yml of an organization's .github repository",
    ),
  };
}

/** What comes out of a file is of no use to whoever writes one, so that the input is described. */
function titled(schema: z.ZodType, title: string): object {
  return { title, ...z.toJSONSchema(schema, { io: 'input' }) };
}
