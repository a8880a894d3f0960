import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { restoreSnapshot, takeSnapshot } from '../../../worker/workspace/snapshot.ts';
import { checkedOut, createOrigin } from './repository.ts';

describe('snapshot', () => {
  it('brings edits, untracked files, modes, links and deletions to another machine', async () => {
    const origin = await createOrigin();
    for (const name of ['a', 'b', 'run']) writeFileSync(join(origin.source, name), name);
    const sha = origin.commit();
    const here = await checkedOut(origin, sha);
    writeFileSync(join(here.workTree, 'a'), 'edited');
    rmSync(join(here.workTree, 'b'));
    chmodSync(join(here.workTree, 'run'), 0o755);
    mkdirSync(join(here.workTree, 'new'));
    writeFileSync(join(here.workTree, 'new/file'), 'untracked');
    symlinkSync('/nowhere', join(here.workTree, 'link'));
    const snapshot = await takeSnapshot(here);

    const there = await checkedOut(origin, sha);
    await restoreSnapshot(there, snapshot);

    const at = (name: string) => join(there.workTree, name);
    expect(readFileSync(at('a'), 'utf8')).toBe('edited');
    expect(existsSync(at('b'))).toBe(false);
    expect(lstatSync(at('run')).mode & 0o111).toBe(0o111);
    expect(readFileSync(at('new/file'), 'utf8')).toBe('untracked');
    expect(readlinkSync(at('link'))).toBe('/nowhere');
    const [first, second] = [await collectChanges(here), await collectChanges(there)];
    expect(second.tree).toBe(first.tree);
    expect(second.diff.equals(first.diff)).toBe(true);
  });

  it('replaces what set-up wrote in the meantime', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'lock'), 'one');
    const sha = origin.commit();
    const here = await checkedOut(origin, sha);
    writeFileSync(join(here.workTree, 'lock'), 'agent');
    writeFileSync(join(here.workTree, 'made'), 'agent');
    const snapshot = await takeSnapshot(here);
    const there = await checkedOut(origin, sha);
    writeFileSync(join(there.workTree, 'lock'), 'set-up');
    writeFileSync(join(there.workTree, 'made'), 'set-up');
    await restoreSnapshot(there, snapshot);
    expect(readFileSync(join(there.workTree, 'lock'), 'utf8')).toBe('agent');
    expect(readFileSync(join(there.workTree, 'made'), 'utf8')).toBe('agent');
  });

  it('is taken of an untouched tree too, and refuses damage', async () => {
    const origin = await createOrigin();
    writeFileSync(join(origin.source, 'a'), 'a');
    const sha = origin.commit();
    const here = await checkedOut(origin, sha);
    const snapshot = await takeSnapshot(here);
    await restoreSnapshot(here, snapshot);
    expect(readFileSync(join(here.workTree, 'a'), 'utf8')).toBe('a');
    await expect(restoreSnapshot(here, snapshot.subarray(0, 60))).rejects.toThrow(
      'git bundle failed',
    );
  });
});
