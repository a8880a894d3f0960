import childProcess from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What was seen of the processes of this machine. */
export type SeenProcesses = Readonly<{
  /** Keys of attempts that this process has handed to others. */
  keys: ReadonlySet<string>;
  /** Command lines. */
  argv: readonly string[];
  /** Names of programs that run on with such a key in their environment. */
  shown: readonly string[];
}>;

/**
 * Looks at what this process starts, and every quarter of a second at all processes: their arguments, and whether one
 * keeps an attempt's key where others can read it. The shell that takes the key over lives for some milliseconds.
 */
export function watchProcesses(): Readonly<{ stop: () => SeenProcesses }> {
  const keys = new Set<string>();
  const argv = new Set<string>();
  const shown = new Set<string>();
  const unspy = onStart((env) => {
    if (env['CODY_ATTEMPT_KEY']) keys.add(env['CODY_ATTEMPT_KEY']);
  });
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
      try {
        argv.add(read('cmdline'));
        const name = read('comm').trim();
        const environment = read('environ');
        if (name !== 'sh' && [...keys].some((key) => environment.includes(key))) shown.add(name);
      } catch {
        // It ended, or belongs to somebody else.
      }
    }
  }, 250);
  return {
    stop: () => {
      clearInterval(timer);
      unspy();
      return { keys, argv: [...argv], shown: [...shown] };
    },
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Calls back with the environment of each process that this one starts. */
function onStart(tell: (env: Environment) => void): () => void {
  const { spawn } = childProcess;
  const spy = (...args: Parameters<typeof spawn>) => {
    tell(args[2].env ?? {});
    return spawn(...args);
  };
  Object.assign(childProcess, { spawn: spy });
  syncBuiltinESMExports();
  return () => {
    Object.assign(childProcess, { spawn });
    syncBuiltinESMExports();
  };
}
