import { constants } from 'node:os';
import { type ProcessEnd, startProcess } from '../../core/process.ts';
import {
  below,
  groupOf,
  killAll,
  othersInGroup,
  type Seen,
  stillThere,
  useMore,
} from './processes.ts';

/** What is watched over. Times in ms, sizes in bytes. */
export type Watched = Readonly<{
  /** The agent process's program and what Node is started with. */
  program: string;
  execArgv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Handed on unread. */
  keyDescriptor: number | undefined;
  /** What the agent process and its publisher may use together. Tools have limits of their own. */
  maxMemory: number;
  /** Longer than any attempt may take. */
  deadlineMs: number;
  /** From being told to stop to the end. */
  stopMs: number;
  /** How often it is looked at. Default 1,000. */
  lookMs?: number;
  /** Told why the agent process is killed. */
  onKill: (why: Why) => void;
}>;

type Why = 'memory' | 'deadline' | 'stop';

/** A watched agent process. */
export type Supervised = Readonly<{
  /** The exit code to end with, once nothing that it started is left. */
  ended: Promise<number>;
  /** Tells it to come to its end. Again: nothing more. */
  stop: () => void;
  /** Ends it at once with everything that it started. */
  kill: () => void;
}>;

/**
 * Starts the agent process and watches over it. It hears by its descriptor 3: anything that is written there tells it to
 * stop, and its end that this process is gone.
 */
export function supervise(watched: Watched): Supervised {
  const { program, execArgv, env, keyDescriptor, lookMs = 1_000 } = watched;
  const own = groupOf(process.pid);
  const agent = startProcess({
    command: process.execPath,
    args: [...execArgv, program],
    env,
    stdio: stdioOf(keyDescriptor),
  });
  const pipe = agent.descriptor(3);
  pipe?.on('error', () => undefined);
  let seen: readonly Seen[] = [];
  let told = false;
  let killedFor: Why | undefined;

  const look = () => {
    if (agent.pid === undefined) return;
    seen = stillThere(seen, below(agent.pid));
    const ours = seen.filter(({ group }) => group === own).map(({ pid }) => pid);
    if (useMore([agent.pid, ...ours], watched.maxMemory)) killFor('memory');
  };
  const kill = () => {
    if (agent.pid !== undefined) seen = stillThere(seen, below(agent.pid));
    agent.kill('SIGKILL');
  };
  const killFor = (why: Why) => {
    if (killedFor) return;
    killedFor = why;
    kill();
    watched.onKill(why);
  };
  const timer = setInterval(look, lookMs);
  const deadline = setTimeout(killFor, watched.deadlineMs, 'deadline');
  let late: NodeJS.Timeout | undefined;

  return {
    ended: agent.exited.then((end) => {
      for (const one of [timer, deadline, late]) clearTimeout(one);
      killAll([...seen, ...orphans(own)], own);
      return exitCodeOf(end, killedFor);
    }),
    stop: () => {
      if (told) return;
      told = true;
      if (pipe && 'write' in pipe) pipe.write('stop\n');
      late = setTimeout(killFor, watched.stopMs, 'stop');
    },
    kill,
  };
}

/**
 * Those that lost their parent: in a container they are children of its first process, and elsewhere some are left in our
 * group. Only where this process leads that group is everybody in it ours.
 */
function orphans(own: number): readonly Seen[] {
  if (own !== process.pid) return [];
  return [...othersInGroup(own, process.pid), ...below(process.pid)];
}

function stdioOf(keyDescriptor: number | undefined) {
  const stdio: ('pipe' | 'ignore' | 'inherit')[] = ['ignore', 'inherit', 'inherit', 'pipe'];
  if (keyDescriptor === undefined) return stdio;
  while (stdio.length < keyDescriptor) stdio.push('ignore');
  return [...stdio, 'inherit' as const];
}

/**
 * As a container runtime reports it: 128 + n for signal n. Who finds a worker that was killed gives the next one more
 * memory, which helps nothing against what took too long.
 */
function exitCodeOf({ exitCode, signal }: ProcessEnd, killedFor: Why | undefined): number {
  if (signal && (killedFor === 'deadline' || killedFor === 'stop')) return 1;
  return signal ? 128 + constants.signals[signal] : (exitCode ?? 1);
}
