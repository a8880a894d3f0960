import type { z } from 'zod';
import type { Definition } from './definition/definition.ts';
import type { ReadRegistry } from './read-registry.ts';
import type { ToolOutput } from './tool-result.ts';
import type { Workspace } from './workspace.ts';

/** What a finished shell command gives back; `output` is already cut to size. */
export type ShellResult = Readonly<{
  exitCode: number | null;
  timedOut: boolean;
  cancelled: boolean;
  output: string;
  /** File name inside the log folder. */
  logName: string;
  /** Background processes that were ended. */
  leftOver: boolean;
  durationMs: number;
}>;

/** Runs one command line in the repository's root. */
export type Shell = (
  command: Readonly<{ command: string; timeoutMs: number; logName: string }>,
  signal: AbortSignal,
) => Promise<ShellResult>;

/** What every tool gets to work with. */
export type ToolContext = Readonly<{
  workspace: Workspace;
  registry: ReadRegistry;
  /** The shell, or one sentence that says why there is none. */
  shell: Shell | string;
  callId: string;
  signal: AbortSignal;
}>;

/** One tool: its definition and what it does. `run` throws ToolError for what the model should read. */
export type Tool<Name extends string, Input extends z.ZodObject> = Definition<Name, Input> &
  Readonly<{
    run: (context: ToolContext, input: z.infer<Input>) => ToolOutput | Promise<ToolOutput>;
  }>;
