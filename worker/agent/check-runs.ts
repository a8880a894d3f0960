import { z } from 'zod';
import type { ToolResultEntry } from '../../core/journal.ts';
import type { ToolCall } from '../../core/tool-call.ts';

/** A command that the agent ran; `at` is its place in the journal. `tail` is the end of its output. */
export type CommandRun = Readonly<{ command: string; exit_code: number; at: number; tail: string }>;

/** What the agent has changed and run, as far as the gate needs it. */
export type CheckRuns = Readonly<{
  /** The place in the journal of the last change of the work tree; 0 before any. */
  changedAt: number;
  /** Where the diff was shown; 0 before that. */
  shownAt: number;
  /** The last commands, oldest first. */
  runs: readonly CommandRun[];
}>;

/** Before anything was changed or run. */
export const noRuns: CheckRuns = { changedAt: 0, shownAt: 0, runs: [] };

const MAX_RUNS = 30;
const MAX_TAIL = 1_500;

const BashInput = z.object({ command: z.string() });

/** The runs after one more result. Pure, so that a restart comes to the same. */
export function withResult(
  before: CheckRuns,
  { call, entry }: Readonly<{ call: ToolCall | undefined; entry: ToolResultEntry }>,
): CheckRuns {
  const { result, seq } = entry;
  const changedAt = result.mutated ? seq : before.changedAt;
  const shownAt = entry.submit === 'shown' ? seq : before.shownAt;
  const input = call?.name === 'bash' ? BashInput.safeParse(call.input) : undefined;
  if (!input?.success || result.exit_code === undefined) return { ...before, changedAt, shownAt };
  const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  const run = {
    command: input.data.command,
    exit_code: result.exit_code,
    at: seq,
    tail: text.slice(-MAX_TAIL),
  };
  return { changedAt, shownAt, runs: [...before.runs, run].slice(-MAX_RUNS) };
}

/** The runs that checked something: one of the `known` commands, or what looks like tests, types or lint. */
export function checksOf({ runs }: CheckRuns, known: readonly string[]): readonly CommandRun[] {
  return runs.filter((run) => isCheck(run.command, known));
}

/**
 * The command to name when the last change is newer than the last check that passed; undefined when it is not, or when
 * no check is known and none was run.
 */
export function uncheckedBy(state: CheckRuns, known: readonly string[]): string | undefined {
  const checks = checksOf(state, known);
  const passedAt = checks.findLast(hasPassed)?.at ?? 0;
  // A check that itself writes files, a report for example, stands at the same place as its change.
  if (state.changedAt <= passedAt) return undefined;
  return known[0] ?? checks.at(-1)?.command;
}

const checking =
  /(?:^|[\s;&|(/])(?:(?:npm|pnpm|yarn|bun) (?:run )?(?:test|lint|check|typecheck|type-check)\b|node --test\b|deno (?:test|lint|check)\b|vitest\b|jest\b|mocha\b|tsc\b|eslint\b|oxlint\b|pytest\b|unittest\b|tox\b|ruff\b|mypy\b|flake8\b|cargo (?:test|check|clippy)\b|go (?:test|vet)\b|make (?:test|check|lint)\b|rspec\b|rubocop\b|phpunit\b|mix test\b|dotnet test\b|ctest\b|(?:mvn|gradle|gradlew)\b.* (?:test|check|verify)\b)/;

function isCheck(command: string, known: readonly string[]): boolean {
  const line = plain(command);
  return known.some((one) => line.includes(plain(one))) || checking.test(line);
}

const failing =
  /\b(?:FAIL|FAILED|FAILURES|ERR!|panicked)\b|\b[1-9]\d* (?:failed|failing|errors?)\b|^not ok\b|^# fail [1-9]|error TS\d+/m;

/** In a list or a pipe the exit code is not the check's own; then its output must not speak of failures either. */
function hasPassed({ command, exit_code, tail }: CommandRun): boolean {
  if (exit_code !== 0 || command.includes('||')) return false;
  return !/[|;]/.test(command) || !failing.test(tail);
}

function plain(command: string): string {
  return command.replaceAll(/\s+/g, ' ').trim();
}
