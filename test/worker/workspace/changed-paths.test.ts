import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changedPaths } from '../../../worker/workspace/changed-paths.ts';
import { checkedOut, createOrigin } from './repository.ts';

test('lists what differs however it was changed, untracked files included, and counts the rest', async () => {
  const origin = await createOrigin();
  for (const name of ['a', 'b', 'run', 'same']) writeFileSync(join(origin.source, name), name);
  writeFileSync(join(origin.source, '.gitignore'), 'ignored\n');
  const here = await checkedOut(origin, origin.commit());
  expect(await changedPaths(here)).toEqual([]);

  const at = (name: string) => join(here.workTree, name);
  writeFileSync(at('a'), 'edited');
  rmSync(at('b'));
  chmodSync(at('run'), 0o755);
  mkdirSync(at('new'));
  writeFileSync(at('new/ä file'), 'untracked');
  writeFileSync(at('ignored'), 'x');
  expect(await changedPaths(here)).toEqual(['a', 'b (deleted)', 'new/ä file (new)', 'run']);
  expect(await changedPaths(here, 1)).toEqual(['a', 'and 3 more']);
});
