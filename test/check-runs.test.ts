import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../', import.meta.url);

it('writes check runs in one place only, which completes them', () => {
  const writers = ['app', 'core', 'worker'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
      .filter((file) =>
        /\.checks\s*\.(create|update)\b/.test(readFileSync(new URL(file, root), 'utf8')),
      ),
  );
  expect(writers).toEqual(['core/github/completed-run.ts']);
});
