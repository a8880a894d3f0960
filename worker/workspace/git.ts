import { runProcess } from '../../core/process.ts';

/** A trusted git directory, kept outside the work tree that it describes. */
export type GitPlace = Readonly<{ gitDir: string; workTree?: string; indexFile?: string }>;

/** How one git call runs. Times in ms, sizes in bytes. */
export type GitCall = Readonly<{
  input?: Buffer;
  timeoutMs?: number;
  maxOutputBytes?: number;
  signal?: AbortSignal;
  /** Only for the call that fetches: the server, and the token for it. */
  remote?: Readonly<{ serverUrl: string; token?: string }>;
}>;

/** A git call that ended with an error. `stderr` never holds a token: none is on the command line. */
export class GitError extends Error {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** It printed more than it may. */
  readonly truncated: boolean;

  constructor(
    command: string,
    end: Pick<GitError, 'exitCode' | 'stderr' | 'timedOut'> & Readonly<{ truncated?: boolean }>,
  ) {
    super(`git ${command} failed`);
    this.name = 'GitError';
    this.exitCode = end.exitCode;
    this.stderr = end.stderr;
    this.timedOut = end.timedOut;
    this.truncated = end.truncated ?? false;
  }
}

/**
 * Runs git with a fixed environment and fixed settings and returns its standard output. Nothing that stands in
 * the work tree can make it start a program: hooks, file system monitors, filters, external diffs and ssh are off.
 * Throws `GitError` when git ends with an error, runs out of time or prints more than it may.
 * Source: git's manual, section SECURITY, on running git in places that others can write.
 */
export async function git(
  place: GitPlace,
  args: readonly string[],
  call: GitCall = {},
): Promise<Buffer> {
  const result = await runProcess(
    {
      command: 'git',
      args: [
        `--git-dir=${place.gitDir}`,
        ...(place.workTree === undefined ? [] : [`--work-tree=${place.workTree}`]),
        ...settings,
        ...(call.remote ? remoteSettings(call.remote.serverUrl) : []),
        ...args,
      ],
      env: {
        ...environment,
        ...(place.indexFile === undefined ? {} : { GIT_INDEX_FILE: place.indexFile }),
        ...(call.remote?.token === undefined
          ? {}
          : tokenEnvironment(call.remote.serverUrl, call.remote.token)),
      },
      cwd: place.workTree ?? '/',
      group: true,
    },
    {
      ...(call.input ? { input: call.input } : {}),
      ...(call.signal ? { signal: call.signal } : {}),
      ...(call.maxOutputBytes === undefined ? {} : { maxOutputBytes: call.maxOutputBytes }),
      timeoutMs: call.timeoutMs ?? 120_000,
      stopWhenFull: true,
    },
  );
  call.signal?.throwIfAborted();
  if (result.exitCode === 0 && !result.truncated) return result.stdout;
  throw new GitError(args[0] ?? '', {
    exitCode: result.exitCode,
    stderr: result.error?.message ?? result.stderr.toString('utf8').slice(0, 4000),
    timedOut: result.timedOut,
    truncated: result.truncated,
  });
}

/** The whole environment of every git call: nothing of ours is inherited. */
const environment = {
  PATH: '/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  TZ: 'UTC',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_PROTOCOL_FROM_USER: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
} as const;

const settings = [
  'core.bare=false',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.hooksPath=/dev/null',
  'core.sshCommand=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.autocrlf=false',
  'core.safecrlf=false',
  'core.symlinks=true',
  'core.fileMode=true',
  'core.ignoreCase=false',
  'core.quotePath=false',
  'credential.helper=',
  'diff.ignoreSubmodules=all',
  'fetch.recurseSubmodules=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.allow=never',
  'safe.bareRepository=explicit',
  'submodule.recurse=false',
  'transfer.bundleURI=false',
  'transfer.fsckObjects=true',
].flatMap((one) => ['-c', one]);

function remoteSettings(serverUrl: string): readonly string[] {
  return [
    `protocol.${protocolOf(serverUrl)}.allow=always`,
    'http.followRedirects=false',
    // A transfer below 1 KB/s for a minute has stalled.
    'http.lowSpeedLimit=1000',
    'http.lowSpeedTime=60',
  ].flatMap((one) => ['-c', one]);
}

/** The one protocol that a server may be spoken to with: https, or the two that stay on this machine. */
function protocolOf(serverUrl: string): 'https' | 'http' | 'file' {
  const url = new URL(serverUrl);
  if (url.protocol === 'https:') return 'https';
  if (url.protocol === 'file:') return 'file';
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol === 'http:' && loopback) return 'http';
  throw new Error('The git server must be reached over https');
}

/** Settings by environment reach this one process only, and no command line or file. */
function tokenEnvironment(serverUrl: string, token: string): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(serverUrl).origin}/.extraheader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}
