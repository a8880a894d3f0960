import type { Logger } from 'pino';
import type { PinnedTool, SeenFile } from '../../core/journal.ts';
import type { Pointer } from '../../core/pointer.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import type { ToolResult } from '../tools/tool-result.ts';
import type { Journal } from './journal.ts';
import type { AgentLimits } from './limits.ts';
import type { ModelCall } from './model-call.ts';
import type { InstructionFile } from './prompt.ts';

/** What would be published now, for the look back before `submit` counts. */
export type GateReport = Readonly<{
  empty: boolean;
  stat: string;
  diff: string;
  findings: readonly string[];
  /** Lines added and removed. */
  changed_lines?: number;
  /** Commands that check this repository, the first of them the one to name; empty when none can run. */
  checks?: readonly string[];
}>;

/** The tools of the run. Contract: `run` answers every call, with `is_error` for what the model can mend. */
export type Tools = Readonly<{
  catalog: readonly PinnedTool[];
  run: (
    call: Readonly<{ id: string; name: string; input: unknown }>,
    signal: AbortSignal,
  ) => Promise<ToolResult>;
  /** Tells tools that start anew which files the model has read before, by the bytes they had. */
  remember?: (files: readonly SeenFile[]) => Promise<void>;
}>;

export type AgentDeps = Readonly<{
  model: ModelCall;
  tools: Tools;
  journal: Journal;
  /** Takes secrets out of a text. */
  redact: (text: string) => string;
  /** Gets every event of the run once per attempt, those of earlier attempts first, redacted. */
  onEvent: (event: ThreadEvent) => void;
  /** Aborted with a `Stopped`, or with what ends the attempt and leaves the run open for the next one. */
  signal: AbortSignal;
  /** Unix time, ms. */
  now: () => number;
  log: Pick<Logger, 'info' | 'warn'>;
  limits: AgentLimits;
  /** Stores the work tree; called after each turn that changed it. */
  snapshot?: () => Promise<Pointer>;
  /** Instruction files for a path as the model wrote it that do not hold for the whole repository, the outermost first. */
  nestedInstructions?: (path: string) => Promise<readonly InstructionFile[]>;
  /**
   * For jobs whose requests begin alike. The first one's own first call fills the cache for the others, which start a
   * little later: a separate call that only fills it would be paid for on top.
   * Contract: `wait` resolves when another job has written the shared beginning to the cache, after a while at the
   * latest, and at once for the first of them and when the signal aborts; `ready` is called when this job's first answer
   * has begun, because a cache entry can be read from then on. Neither throws.
   */
  sharedCache?: Readonly<{
    wait: (signal: AbortSignal) => Promise<void>;
    ready: () => void;
  }>;
  /** What differs from the start now, one line per path; told when earlier turns are taken out of the conversation. */
  changedFiles?: () => Promise<readonly string[]>;
  gate?: () => Promise<GateReport>;
  /** Whether a diff that is not tiny is reviewed in a fresh context before it counts. */
  reviewer?: boolean;
  /** Whether the run waits, in place of ending, when this attempt's first call meets the account's spend limit. */
  waitsForSpendLimit?: boolean;
  /** In [0, 1); for the jitter of retries. */
  random?: () => number;
}>;
