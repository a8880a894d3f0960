import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pino, { type Logger } from 'pino';
import { type DemoConfig, processEnv, readConfig } from './config.ts';
import { demoUsage, type DemoOptions, readDemoOptions } from './options.ts';
import { type DemoRun, runDemo } from './run-demo.ts';
import type { RealModel } from './surroundings.ts';
import { createTerminal } from './terminal.ts';
import { keyMissing, modelLines } from './words.ts';

const write = (text: string) => void process.stdout.write(text);

process.exitCode = await main(process.argv.slice(2));
// Whatever a library still holds open must not keep a finished demo alive.
process.exit();

async function main(argv: readonly string[]): Promise<number> {
  let options: DemoOptions;
  let config: DemoConfig;
  let realModel: RealModel | undefined;
  try {
    options = readDemoOptions(argv);
    config = readConfig(processEnv());
    realModel = options.live ? requireKey(config) : undefined;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${demoUsage}\n`);
    return 2;
  }
  return play(options, config, realModel);
}

async function play(
  options: DemoOptions,
  config: DemoConfig,
  realModel: RealModel | undefined,
): Promise<number> {
  const time = new Date().toISOString().replaceAll(/[-:]|\..*$/g, '');
  const dataDir = resolve(config.dataDir, `demo-${time}-${process.pid}`);
  const logFile = join(dataDir, 'demo.log');
  await mkdir(dataDir, { recursive: true });
  const log = pino({ level: config.logLevel }, pino.destination({ dest: logFile, sync: true }));
  const terminal = createTerminal({ write, now: Date.now });
  const interrupted = interruption();
  process.on('uncaughtException', (error) => {
    process.exit(failed(error, { log, dataDir }));
  });

  for (const line of modelLines(options.live, options.budget)) terminal.line(line);
  terminal.line(`Everything is written to ${dataDir}`);
  terminal.line('');
  let run: DemoRun;
  try {
    const input = { options, dataDir, realModel, env: config.passed, terminal, log };
    run = await runDemo({ ...input, signal: interrupted });
  } catch (error) {
    if (interrupted.aborted) return 130;
    return failed(error, { log, dataDir });
  }
  if (!options.once) {
    terminal.line('\nThe demo stays up until you press Ctrl-C.');
    await aborted(interrupted);
    terminal.line(`\nStopping. What was written stays in ${dataDir}`);
  }
  await run.close();
  if (options.once && run.succeeded) await rm(dataDir, { recursive: true, force: true });
  else if (options.once) terminal.line(`\nNot every job succeeded. Logs are in ${dataDir}`);
  if (options.json && run.document) terminal.line(JSON.stringify(run.document));
  return run.succeeded ? 0 : 1;
}

/** Tells what happened and where to read more; returns the exit status. */
function failed(error: unknown, { log, dataDir }: { log: Logger; dataDir: string }): number {
  log.error({ err: error }, 'demo failed');
  process.stderr.write(`\nThe demo failed: ${messageOf(error)}\nLogs are in ${dataDir}\n`);
  return 1;
}

function requireKey(config: DemoConfig): RealModel {
  if (config.anthropicApiKey === undefined) throw new Error(keyMissing);
  return { apiKey: config.anthropicApiKey, baseUrl: config.anthropicBaseUrl };
}

/** Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

/** Resolves when the signal is aborted. A listener alone does not keep the process alive, so that a timer does. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    signal.addEventListener('abort', () => {
      clearInterval(alive);
      resolve();
    });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
