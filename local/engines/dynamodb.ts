import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { Logger } from 'pino';
import { type RunningProcess, startProcess } from '../../core/process.ts';
import { forgetChild, killLeftover, portOfChild, rememberChild } from './child-record.ts';
import { freePort } from './loopback-server.ts';

const startMs = 15_000;
const attempts = 5;

/** Where the database file lies (an absolute path is made of it) and, if it matters, which port to take. */
export type DynamoDbOptions = Readonly<{ file: string; port?: number; log: Logger }>;

/** A running engine. `close` returns when its process is gone. */
export type DynamoDbEngine = Readonly<{ endpoint: string; close: () => Promise<void> }>;

/**
 * Starts a DynamoDB engine on 127.0.0.1 that keeps its tables in one file, and returns its endpoint once it
 * listens. What it has acknowledged is on disk, also after SIGKILL. An engine that an earlier, killed run left behind
 * on the same file is ended first. Throws when there is no engine for this platform, when another running process
 * has started one on this file, when it does not start, or when the given port is taken.
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<DynamoDbEngine> {
  const binary = findBinary();
  const file = resolve(options.file);
  const record = `${file}.pid`;
  await mkdir(dirname(file), { recursive: true });
  await killLeftover(record, { executable: binary, argument: file });

  for (let attempt = 1; ; attempt += 1) {
    const port = options.port || (await freePort());
    const child = startProcess(engineSpec(binary, file, port));
    // What a child says that ends at once is lost unless somebody listens from the start.
    const listening = untilListening(child, port, options.log);
    if (child.pid !== undefined) await rememberChild(record, child.pid, port);
    const failure = await listening;
    if (failure === undefined) return engine({ child, port, record, log: options.log });

    child.kill('SIGKILL');
    await child.ended;
    await forgetChild(record);
    if (options.port || attempt === attempts) {
      throw new Error(`The DynamoDB engine did not start: ${failure}`);
    }
  }
}

/** The endpoint of the engine that another process of this machine runs on a file; undefined when none does. */
export async function findDynamoDb(path: string): Promise<string | undefined> {
  const file = resolve(path);
  const identity = { executable: findBinary(), argument: file };
  const port = await portOfChild(`${file}.pid`, identity);
  return port === undefined ? undefined : `http://127.0.0.1:${port}`;
}

function findBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}/dynoxide`;
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(
      `There is no local DynamoDB engine for ${process.platform}-${process.arch}: it is installed with this ` +
        'project on linux-x64 only. Start another DynamoDB engine (DynamoDB Local, for example) and set ' +
        'AWS_ENDPOINT_URL_DYNAMODB to its address, such as http://127.0.0.1:8000.',
      { cause },
    );
  }
}

function engineSpec(binary: string, file: string, port: number) {
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file];
  // The kernel ends the engine with us where util-linux can ask for it; elsewhere the record of its pid has to do.
  const setpriv = '/usr/bin/setpriv';
  // A group of its own: Ctrl-C is for us, and the table is needed until all others have ended.
  const child = { env: {}, group: true };
  if (!isExecutable(setpriv)) return { ...child, command: binary, args };
  return { ...child, command: setpriv, args: ['--pdeathsig', 'KILL', binary, ...args] };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: both mean that it can't be used.
    return false;
  }
}

/**
 * Resolves to undefined once the child itself says that it listens, or to the reason why it does not. Asking the
 * port instead could be answered by another engine that took it first.
 */
function untilListening(
  child: RunningProcess,
  port: number,
  log: Logger,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = '';
    const timer = setTimeout(() => resolve(`no answer within ${startMs} ms`), startMs);
    const settle = (failure: string | undefined) => {
      clearTimeout(timer);
      resolve(failure);
    };
    const read = (chunk: unknown) => {
      const text = String(chunk);
      log.debug({ engine: 'dynamodb', text: text.trim() }, 'engine output');
      output = (output + text).slice(-4_000);
      if (output.includes(`listening on http://127.0.0.1:${port}`)) settle(undefined);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    void child.ended.then(({ error, exitCode, signal }) =>
      settle(error?.message ?? (output.trim() || `it ended with ${signal ?? String(exitCode)}`)),
    );
  });
}

function engine(options: {
  child: RunningProcess;
  port: number;
  record: string;
  log: Logger;
}): DynamoDbEngine {
  const { child, port, record, log } = options;
  let closing = false;
  const report = async () => {
    const { exitCode, signal } = await child.ended;
    if (!closing) log.error({ exitCode, signal }, 'DynamoDB engine ended');
  };
  void report();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      closing = true;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await child.ended;
      clearTimeout(timer);
      await forgetChild(record);
    },
  };
}
