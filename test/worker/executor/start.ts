import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { onTestFinished } from 'vitest';
import { type ExecutorOptions, startExecutor } from '../../../worker/executor/executor.ts';
import { detectSandbox, type Sandbox, type SandboxKind } from '../../../worker/executor/sandbox.ts';

/** setpriv as it is since util-linux 2.41. */
export const setprivPath = join(import.meta.dirname, '../../fixtures/executor/setpriv');

const found = new Map<SandboxKind, Promise<Sandbox>>();

/** The sandbox of a kind; looked for once per file, but for one whose user is an attempt's alone. */
function sandboxOf(kind: SandboxKind): Promise<Sandbox> {
  const known = found.get(kind) ?? detectSandbox({ preferred: kind, setprivPath });
  if (kind !== 'uid') found.set(kind, known);
  return known;
}

/** An executor on empty folders, closed when the test ends. Throws one line when bubblewrap is missing. */
export async function startOn(
  kind: SandboxKind = 'bubblewrap',
  more: Partial<ExecutorOptions> = {},
) {
  const sandbox = more.sandbox ?? (await sandboxOf(kind));
  if (sandbox.kind !== kind) {
    throw new Error(
      `this test needs ${kind}: install the Debian package bubblewrap (${sandbox.reason})`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'cody-executor-'));
  const folders = {
    workTree: join(folder, 'repo'),
    logs: join(folder, 'logs'),
    scratch: join(folder, 'scratch'),
  };
  const log = pino({ level: 'silent' });
  const started = startExecutor({ ...folders, sandbox, network: false, log, ...more });
  onTestFinished(async () => {
    await started.then((executor) => executor.close()).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });
  const executor = await started;
  let calls = 0;
  const call = (name: string, input: unknown, signal?: AbortSignal) => {
    calls += 1;
    return executor.run({ id: `call-${calls}`, name, input }, signal);
  };
  const bash = (command: string, more: Record<string, unknown> = {}) =>
    call('bash', { command, ...more });
  return { ...folders, folder, sandbox, executor, call, bash };
}

/** The pids of this machine's processes whose command line holds `mark`. */
export function processesWith(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    });
}
