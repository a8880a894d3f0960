import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Adds the lock entries that a registry without other platforms' packages leaves out.
 *
 * `npm ci` refuses a lockfile in which an optional dependency named by a locked package has no entry of its own
 * ("Missing: … from lock file"). Run after each change of the lockfile: `npm run fix-lockfile`.
 */
const Lock = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      dev: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

const path = new URL('../../package-lock.json', import.meta.url);
const lock = Lock.parse(JSON.parse(readFileSync(path, 'utf8')));
const added: string[] = [];

for (const [name, entry] of Object.entries(lock.packages)) {
  if (name === '') continue;
  for (const [dependency, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${dependency}`;
    if (lock.packages[key] || lock.packages[`${name}/${key}`]) continue;
    lock.packages[key] = {
      version,
      optional: true,
      ...platformOf(dependency),
      ...(entry.dev ? { dev: true } : {}),
    };
    added.push(dependency);
  }
}

lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added.length} entries added\n`);

function platformOf(dependency: string): { os?: string[]; cpu?: string[] } {
  const os = ['darwin', 'win32', 'linux', 'android', 'freebsd', 'openharmony'].find((name) =>
    dependency.includes(name),
  );
  const cpu = ['x64', 'arm64', 'arm', 'ia32', 'riscv64', 's390x', 'ppc64'].find((name) =>
    dependency.includes(`-${name}`),
  );
  return { ...(os ? { os: [os] } : {}), ...(cpu ? { cpu: [cpu] } : {}) };
}
