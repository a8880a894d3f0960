import { runProcess } from '../../../core/process.ts';
import type { ProcessResult } from '../../../core/process.ts';
import { createLastingAnswers } from './lasting-answers.ts';

/** What one call of git may be given beyond its arguments. */
type GitOptions = Readonly<{
  input?: Buffer | string;
  env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers rather than failures. Default: 0 only. */
  accept?: readonly number[];
}>;

/** The real git, told nothing about the machine's configuration. */
export type Git = Readonly<{
  /** Runs git in a bare repository. Throws GitFailure on an exit code that is not accepted. */
  run: (dir: string, args: readonly string[], options?: GitOptions) => Promise<ProcessResult>;
  /** The same, returning standard output as text without its final newline. */
  text: (dir: string, args: readonly string[], options?: GitOptions) => Promise<string>;
  /** The environment that every git process gets. */
  env: Readonly<Record<string, string>>;
}>;

/** git ended with an exit code that the caller did not expect. */
export class GitFailure extends Error {
  readonly exitCode: number | null;

  constructor(args: readonly string[], result: ProcessResult) {
    super(`git ${args[0] ?? ''} failed: ${result.stderr.toString('utf8').trim().slice(0, 2_000)}`);
    this.name = 'GitFailure';
    this.exitCode = result.exitCode;
  }
}

/** Creates the runner. `path` finds git, `home` is a folder of the stand-in's own. */
export function createGit(options: Readonly<{ path: string; home: string }>): Git {
  const env = {
    PATH: options.path,
    HOME: options.home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  const answers = createLastingAnswers();
  const start = (dir: string, args: readonly string[], given: GitOptions) => {
    const input = typeof given.input === 'string' ? Buffer.from(given.input) : given.input;
    return runProcess(
      {
        command: 'git',
        args: ['--git-dir', dir, ...args],
        env: { ...env, ...given.env },
        cwd: dir,
      },
      { timeoutMs: 120_000, ...(input ? { input } : {}) },
    );
  };
  const run: Git['run'] = async (dir, args, given = {}) => {
    const { input } = given;
    const ask = () => start(dir, args, given);
    const result =
      given.env !== undefined || Buffer.isBuffer(input)
        ? await ask()
        : await answers.get({ dir, args, input }, ask);
    if (result.exitCode === null || !(given.accept ?? [0]).includes(result.exitCode)) {
      throw new GitFailure(args, result);
    }
    return result;
  };
  return {
    env,
    run,
    text: async (dir, args, given) =>
      (await run(dir, args, given)).stdout.toString('utf8').replace(/\n$/, ''),
  };
}
