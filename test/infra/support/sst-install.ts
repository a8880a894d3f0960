import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../../core/process.ts';
import { root, tool } from '../../support/tool.ts';

/** SST's components with their dependencies, as `sst install` lays them out. Ignored by git. */
export const platform = join(root, '.sst', 'platform');

/**
 * Environment in which `sst install` needs nothing but the npm registry: it neither downloads the Pulumi and bun
 * programs, which only a deployment needs, nor reports home.
 */
const offline = {
  SST_SKIP_DEPENDENCY_CHECK: '1',
  SST_NO_BUN: '1',
  SST_TELEMETRY_DISABLED: '1',
  NO_COLOR: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Whether SST's components of the pinned version are there. */
export function sstInstalled(): boolean {
  const version = join(platform, 'version');
  return (
    existsSync(version) &&
    readFileSync(version, 'utf8').trim() === pinnedVersion() &&
    existsSync(join(platform, 'config.d.ts')) &&
    existsSync(join(platform, 'node_modules', '@pulumi', 'aws', 'package.json'))
  );
}

/** Lays out SST's components when they are missing; takes about a minute. Throws with what SST said. */
export async function installSst(): Promise<void> {
  if (sstInstalled()) return;
  const sst = tool('sst', ['install', '--stage', 'offline']);
  const result = await runProcess({ ...sst, env: { ...sst.env, ...offline } });
  if (result.exitCode === 0 && sstInstalled()) return;
  throw new Error(`sst install failed:\n${result.stdout.toString()}${result.stderr.toString()}`);
}

function pinnedVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(root, 'node_modules', 'sst', 'package.json'), 'utf8'),
  );
  return String(Object(manifest).version);
}
