import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { jsonSchemas } from '../../core/repo-config/json-schema.ts';

/** `npm run schema`: writes the JSON Schemas of cody.yml into docs/. A test says when they are behind. */
for (const [name, schema] of Object.entries(jsonSchemas())) {
  const file = new URL(`../../docs/${name}`, import.meta.url);
  const style = await resolveConfig(file);
  writeFileSync(file, await format(JSON.stringify(schema), { ...style, parser: 'json' }));
}
