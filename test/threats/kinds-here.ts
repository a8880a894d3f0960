import { join } from 'node:path';
import { detectSandbox, type Sandbox, type SandboxKind } from '../../worker/executor/sandbox.ts';
import { sandboxKinds } from './sandbox-kinds.ts';

/** setpriv as it is since util-linux 2.41: with it commands run as a user of their own too. */
const setprivPath = join(import.meta.dirname, '../fixtures/executor/setpriv');

/** Each of these confinements that works here, strongest first. */
export async function sandboxesHere(
  wanted: readonly SandboxKind[] = sandboxKinds,
): Promise<readonly Sandbox[]> {
  const found = new Map<string, Sandbox>();
  for (const preferred of sandboxKinds.filter((kind) => wanted.includes(kind))) {
    const sandbox = await detectSandbox({ preferred, setprivPath });
    // What does not work gives way to a weaker one.
    if (wanted.includes(sandbox.kind)) found.set(sandbox.kind, sandbox);
  }
  return [...found.values()];
}

/** The names of those. */
export async function kindsHere(): Promise<readonly SandboxKind[]> {
  return (await sandboxesHere()).map(({ kind }) => kind);
}
