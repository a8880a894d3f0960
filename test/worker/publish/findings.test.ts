import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createRedactor } from '../../../core/redact.ts';
import { findingsOf } from '../../../worker/publish/findings.ts';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { checkedOut, createOrigin } from '../workspace/repository.ts';

const folder = new URL('../../fixtures/findings/', import.meta.url);

const Files = z.record(z.string(), z.string());
const Fixture = z.strictObject({
  before: Files,
  after: Files,
  findings: z.array(z.string()),
});

const fixtures = readdirSync(folder).map((name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  return [name.replace('.json', ''), Fixture.parse(JSON.parse(text))] as const;
});

// Put together here, so that no file of this repository looks like it held a token.
const tokenShape = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');

/** A text, or `REPEAT:<bytes>` for a long one; `TOKEN_SHAPE` stands for what looks like a token. */
function put(root: string, files: z.infer<typeof Files>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    const size = /^REPEAT:(\d+)$/.exec(text)?.[1];
    writeFileSync(
      join(root, path),
      size === undefined ? text.replace('TOKEN_SHAPE', tokenShape) : 'x'.repeat(Number(size)),
    );
  }
}

async function changed({ before, after }: z.infer<typeof Fixture>) {
  const origin = await createOrigin();
  put(origin.source, { ...before, README: 'A project\n' });
  const work = await checkedOut(origin, origin.commit());
  for (const path of Object.keys(before)) rmSync(join(work.workTree, path));
  put(work.workTree, after);
  return collectChanges(work);
}

test.each(fixtures)('notices what it should in %s', async (_, fixture) => {
  const found = findingsOf(await changed(fixture), createRedactor([]));
  expect(found).toEqual(fixture.findings.map((text) => expect.stringContaining(text)));
});

test('finds a credential of this process, whatever its shape', async () => {
  const credential = 'a-plain-credential';
  const changes = await changed({ before: {}, after: { a: `${credential}\n` }, findings: [] });
  expect(findingsOf(changes, createRedactor([]))).toEqual([]);
  const [found] = findingsOf(changes, createRedactor([credential]));
  expect(found).toContain('a credential');
  expect(found).not.toContain(credential);
});
