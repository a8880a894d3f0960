import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { readPullRequestTemplate } from '../../../worker/workspace/pull-request-template.ts';
import { checkedOut, createOrigin } from './repository.ts';

async function template(files: Readonly<Record<string, string>>, link?: string) {
  const origin = await createOrigin();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(origin.source, path)), { recursive: true });
    writeFileSync(join(origin.source, path), text);
  }
  if (link) symlinkSync('/etc/hostname', join(origin.source, link));
  const { gitDir, baseSha: sha } = await checkedOut(origin, origin.commit());
  return readPullRequestTemplate({ gitDir, sha });
}

it('is read where GitHub looks, whatever the case of its name', async () => {
  const files = {
    '.github/PULL_REQUEST_TEMPLATE.md': '## What\n',
    'docs/pull_request_template.md': '## Docs\n',
  };
  expect(await template(files)).toBe('## What');
});

it('is none when it is empty, too long, or a link', async () => {
  expect(await template({ 'pull_request_template.md': ' \n' })).toBeUndefined();
  expect(await template({ 'pull_request_template.md': 'x'.repeat(10_241) })).toBeUndefined();
  expect(await template({ 'readme.md': '' }, 'pull_request_template.md')).toBeUndefined();
});
