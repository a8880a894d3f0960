import { runProcess } from '../../core/process.ts';
import { ToolError } from './tool-error.ts';

/** What a ripgrep run printed. `cut` is true when there was more than could be taken in. */
export type RipgrepResult = Readonly<{ stdout: Buffer; cut: boolean; warning?: string }>;

const TIME_LIMIT_MS = 30_000;
const MAX_OUTPUT = 24 * 1024 * 1024;

// The work tree has no .git, so ignore files count without one; those of the machine around it do not.
const BASE_ARGS = [
  '--no-config',
  '--hidden',
  '--no-require-git',
  '--no-ignore-global',
  '--no-ignore-parent',
  '--no-messages',
  '--color=never',
] as const;

/**
 * Runs ripgrep in `cwd`. The arguments must name a path: without one ripgrep reads stdin when it is piped. When the
 * output is too long, it runs again in path order, so that what is kept is the same every time.
 * @throws ToolError with ripgrep's own message for a bad pattern, on time-out, and where ripgrep is missing
 */
export async function ripgrep(
  cwd: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<RipgrepResult> {
  const first = await run(cwd, args, signal);
  if (!first.truncated) return finish(first);
  return finish(await run(cwd, ['--sort=path', ...args], signal));
}

async function run(cwd: string, args: readonly string[], signal: AbortSignal) {
  return runProcess(
    { command: await program(), args: [...BASE_ARGS, ...args], cwd, env: { LANG: 'C.UTF-8' } },
    { timeoutMs: TIME_LIMIT_MS, maxOutputBytes: MAX_OUTPUT, signal },
  );
}

/** Imported late: where the binary for this platform is not installed, the import throws, and only searches may fail. */
async function program(): Promise<string> {
  try {
    const { rgPath } = await import('@vscode/ripgrep');
    return rgPath;
  } catch (cause) {
    throw new ToolError(
      'ripgrep is not installed here, so grep and glob cannot search. Use bash instead (grep -rn, find), or read on a directory for a listing.',
      { cause },
    );
  }
}

function finish(result: Awaited<ReturnType<typeof run>>): RipgrepResult {
  if (result.error) {
    throw new ToolError(
      `The search could not be started (${result.error.message}). Look at the path with read, or search with bash (grep -rn, find).`,
    );
  }
  if (result.timedOut) {
    throw new ToolError('The search took over 30 s and was ended. Narrow path, glob or pattern.');
  }
  if (result.exitCode === null) {
    throw new ToolError('The search was ended before it was done. Narrow it and search again.');
  }
  // 0: found, 1: nothing found, 2: an error, with or without results.
  const failed = result.exitCode !== 0 && result.exitCode !== 1;
  const message = result.stderr.toString('utf8').trim();
  if (failed && result.stdout.length === 0 && message !== '') {
    throw new ToolError(
      `${inOurWords(message).slice(0, 1000)}\nCorrect the pattern or options and search again.`,
    );
  }
  return { stdout: result.stdout, cut: result.truncated };
}

/** ripgrep's advice names command line flags, which the tools do not have. */
function inOurWords(message: string): string {
  return message
    .replace(
      /Consider enabling PCRE2 [^]*$/,
      'Write the pattern without it, or use bash with grep -P.',
    )
    .replace(/Consider enabling multiline mode [^]*$/, 'Set multiline to true to match line ends.')
    .replace(/\n{2,}/g, '\n');
}
