import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What stood where: path to kind, mode and content. */
export type Witness = ReadonlyMap<string, string>;

const most = 4 * 1024 * 1024;

/** Looks at everything below a folder, but for the paths left out. Links are not followed. */
export function witness(root: string, except: readonly string[] = []): Witness {
  const seen = new Map<string, string>();
  const visit = (path: string) => {
    if (except.includes(path)) return;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    const kind = `${stat.mode.toString(8)} ${stat.uid}`;
    const name = relative(root, path) || '.';
    if (stat.isDirectory()) {
      seen.set(name, kind);
      for (const child of readdirSync(path)) visit(join(path, child));
    } else if (stat.isSymbolicLink()) seen.set(name, `${kind} ${readlinkSync(path)}`);
    else if (stat.isFile() && stat.size <= most)
      seen.set(name, `${kind} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`);
    else seen.set(name, `${kind} ${stat.size}`);
  };
  visit(root);
  return seen;
}

/** What came, went or changed. */
export function differences(before: Witness, after: Witness): readonly string[] {
  return [
    ...[...after.keys()].filter((name) => !before.has(name)).map((name) => `made ${name}`),
    ...[...before].flatMap(([name, was]) => {
      const is = after.get(name);
      if (is === was) return [];
      return [`${is === undefined ? 'removed' : 'changed'} ${name}`];
    }),
  ];
}
