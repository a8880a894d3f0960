import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { executorProgram } from './executor-process.ts';
import { launchCommand, PACKAGE_ROOT } from './launch-command.ts';
import type { Sandbox } from './sandbox.ts';
import { runLaunch } from './start-launch.ts';

type Place = Readonly<{ sandbox: Sandbox; nodePath: string }>;

const FILL_MS = 20_000;

/**
 * The folder with what Node compiled of the executor's modules, beside what it compiled of this process's; undefined
 * where this process keeps none, or the sandbox could not keep others from writing to it. Each start of an executor
 * costs a third of the time with it. An executor of ours fills it in a sandbox over empty folders, and no other one
 * may write there, so that no job plants code for the next. Never rejects.
 * Source: nodejs.org/api/module.html, "Module compile cache".
 */
export async function compiledModules(place: Place): Promise<string | undefined> {
  const own = getCompileCacheDir();
  if (own === undefined || place.sandbox.kind !== 'bubblewrap') return undefined;
  const folder = join(dirname(own), `executor-${keyOf(place)}`);
  if (existsSync(folder)) return folder;
  try {
    return await fill(place, folder);
  } catch {
    // Without it the executor only starts slower.
    return undefined;
  }
}

/** Changes with our modules: what was compiled of others is of no use. */
function keyOf({ nodePath }: Place): string {
  const states = ['worker/executor', 'worker/tools', 'core'].flatMap((name) => {
    const folder = join(PACKAGE_ROOT, name);
    return readdirSync(folder).map((file) => [file, statSync(join(folder, file)).mtimeMs]);
  });
  const parts = JSON.stringify([PACKAGE_ROOT, nodePath, states]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 16);
}

async function fill(place: Place, folder: string): Promise<string | undefined> {
  const temporary = mkdtempSync(`${folder}-`);
  const at = (name: string) => {
    const path = join(temporary, name);
    mkdirSync(path);
    return path;
  };
  try {
    const compiled = at('compiled');
    const launch = launchCommand({
      ...place,
      workTree: at('repo'),
      logs: at('logs'),
      scratch: at('scratch'),
      network: false,
      packageRoot: PACKAGE_ROOT,
      toolchains: [],
      compiled: { folder: compiled, writable: true },
    });
    const program = executorProgram(launch, {
      ...launch.roots,
      path: launch.path,
      shell_off: null,
    });
    // Nobody asks it anything: it loads its modules and ends.
    const { exitCode } = await runLaunch(launch, program, FILL_MS);
    if (exitCode !== 0) return undefined;
    // Another worker may have been faster.
    if (!existsSync(folder)) renameSync(compiled, folder);
    return folder;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
