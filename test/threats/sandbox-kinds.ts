import type { SandboxKind } from '../../worker/executor/sandbox.ts';

/** Strongest first. */
export const sandboxKinds = [
  'bubblewrap',
  'uid',
  'namespaces',
  'process',
] as const satisfies readonly SandboxKind[];
