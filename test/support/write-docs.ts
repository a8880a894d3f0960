import { writeFileSync } from 'node:fs';
import { generatedDocs } from './generated-docs.ts';

/** `npm run docs`: writes what is made out of code into docs/. A test says when that is behind. */
for (const { file, text } of await generatedDocs()) writeFileSync(file, text);
