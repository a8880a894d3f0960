import { fileURLToPath } from 'node:url';
import { open } from 'node:fs/promises';
import { type RunningProcess, startProcess } from '../../core/process.ts';
import type { Caller } from './call.ts';
import type { Gate } from './gate.ts';

/** The functions of the App. */
export type FunctionName =
  'receive' | 'ingest' | 'dispatch' | 'bury' | 'settle' | 'sweep' | 'broker';

/** The process ended before it had an answer. */
export class Crashed extends Error {
  constructor(name: FunctionName, options: ErrorOptions) {
    super(`The App ended during ${name}`, options);
    this.name = 'Crashed';
  }
}

/**
 * The App as a process that may end at any time: the next call of a function starts it again, as AWS does. `invoke`
 * returns what the function returned, throws Crashed when the process ended, and Error when the function threw.
 */
export type AppProcess = Readonly<{
  invoke: (name: FunctionName, event: unknown) => Promise<unknown>;
  /** Calls under way. */
  busy: () => number;
  /** How often it was started. */
  starts: () => number;
  close: () => Promise<void>;
}>;

type Options = Readonly<{
  gate: Gate;
  logFile: string;
  /** Its environment, with the address of its door. */
  env: (door: string) => Readonly<Record<string, string>>;
}>;

type Started = Readonly<{ url: string; child: RunningProcess; close: () => Promise<void> }>;

/** Makes the App, whose first process is started by the first call. */
export function createAppProcess(options: Options): AppProcess {
  let current: Promise<Started> | undefined;
  let starts = 0;
  let busy = 0;
  let closed = false;
  const running = (): Promise<Started> => {
    if (closed) return Promise.reject(new Error('The App was closed'));
    if (current) return current;
    starts += 1;
    const mine = start(options, starts);
    current = mine;
    const forget = () => {
      if (current === mine) current = undefined;
    };
    void mine.then(({ child, close }) => child.exited.then(forget).then(close), forget);
    return mine;
  };
  return {
    invoke: async (name, event) => {
      busy += 1;
      try {
        const { url } = await running();
        return await call(url, name, event);
      } finally {
        busy -= 1;
      }
    },
    busy: () => busy,
    starts: () => starts,
    close: async () => {
      closed = true;
      const started = await current?.catch(() => undefined);
      started?.child.kill('SIGKILL');
      await started?.child.exited;
    },
  };
}

async function start({ gate, logFile, env }: Options, attempt: number): Promise<Started> {
  const held: { child?: RunningProcess } = {};
  const caller: Caller = {
    from: 'app',
    attempt,
    signal: (signal) => void held.child?.kill(signal),
  };
  const door = await gate.open(caller);
  const child = startProcess({
    command: process.execPath,
    args: ['--max-semi-space-size=8', fileURLToPath(new URL('./app-host.ts', import.meta.url))],
    env: env(door.url),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  held.child = child;
  const log = await open(logFile, 'a');
  void child.ended.then(() => log.close());
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: unknown) => {
      const text = String(chunk);
      const found = /^\{"port":(\d+)\}$/m.exec(text)?.[1];
      if (found !== undefined) resolve(Number(found));
      void log.write(text).catch(() => undefined);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.stdin?.on('error', () => undefined);
    void child.exited.then((end) => reject(new Error(`The App did not start: ${end.exitCode}`)));
  });
  return { url: `http://127.0.0.1:${port}`, child, close: door.close };
}

async function call(url: string, name: FunctionName, event: unknown): Promise<unknown> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${url}/${name}`, { method: 'POST', body: JSON.stringify(event ?? null) });
    text = await answer.text();
  } catch (cause) {
    throw new Crashed(name, { cause });
  }
  if (!answer.ok) throw new Error(`The function ${name} failed: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
