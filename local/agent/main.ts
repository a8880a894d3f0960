import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { styleText } from 'node:util';
import pino from 'pino';
import { ConfigError } from '../../core/config.ts';
import { Stopped, TransientError, UserError } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import { createRedactor } from '../../core/redact.ts';
import { CommandError } from './command-error.ts';
import { type AgentConfig, processEnv, readConfig } from './config.ts';
import { deliver } from './deliver.ts';
import { agentDocument } from './document.ts';
import { openRun, type OpenRun } from './open-run.ts';
import { type AgentOptions, agentUsage, readAgentOptions } from './options.ts';
import { createProgress, type Progress } from './progress.ts';
import { closingLines, type Report, resultLines } from './report.ts';
import { createPersonsGit, type PersonsGit } from './source-folder.ts';
import { interrupted, keyMissing, openingLines, resumeLine, stopping } from './words.ts';
import { work, type WorkResult } from './work.ts';

/** npm run agent: the agent on a local checkout. Progress goes to standard error, results to standard output. */
const out = (text: string) => void process.stdout.write(`${text}\n`);
const err = (text: string) => void process.stderr.write(`${text}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = readAgentOptions(argv);
    if (!options) {
      out(agentUsage);
      return 0;
    }
    return await start(options, readConfig(processEnv()));
  } catch (error) {
    if (error instanceof CommandError || error instanceof ConfigError) {
      err(`${error.message}\n\nHow it is used: npm run agent -- --help`);
      return 2;
    }
    if (!(error instanceof UserError) && !(error instanceof TransientError)) throw error;
    err(error.message);
    if (error instanceof UserError && error.next !== undefined) err(error.next);
    return 1;
  }
}

async function start(options: AgentOptions, config: AgentConfig): Promise<number> {
  const { apiKey } = config;
  if (apiKey === undefined) throw new CommandError(keyMissing);
  const { redact } = createRedactor([apiKey]);
  const git = createPersonsGit(config.gitEnv);
  const from = (path: string) => resolve(config.callerFolder ?? '.', path);
  if (options.out !== undefined) await requireFolder(dirname(from(options.out)));
  const progress = createProgress({
    write: (text) => void process.stderr.write(text),
    paint: (style, text) => styleText(style, text, { stream: process.stderr }),
    redact,
  });
  const run = await openRun(
    { runsFolder: resolve(config.dataDir, 'agent'), from, git, redact, now: Date.now },
    options,
  );
  try {
    for (const line of openingLines(run.record, run.folder)) progress.line(line);
    const model = { apiKey, baseURL: config.baseUrl };
    const surroundings = { options, level: config.logLevel, model, git, redact, progress, from };
    return await play(run, surroundings);
  } finally {
    await run.close();
  }
}

type Surroundings = Readonly<{
  options: AgentOptions;
  level: string;
  model: Readonly<{ apiKey: string; baseURL: string }>;
  git: PersonsGit;
  redact: (text: string) => string;
  progress: Progress;
  from: (path: string) => string;
}>;

async function play(run: OpenRun, around: Surroundings): Promise<number> {
  const { options, progress, git, redact, model, from } = around;
  const stream = pino.destination({ dest: join(run.folder, 'agent.log'), sync: true });
  const log = createLog({ level: around.level, name: 'agent', redact, stream });
  const signal = interruption(progress);
  const deps = { model, git, redact, progress, signal, now: Date.now, log };
  let exitCode = 1;
  try {
    await work(deps, run, async (result) => {
      const { record, folder, journal } = run;
      const place = { git, record, folder, apply: options.apply };
      const paths = {
        out: options.out === undefined ? undefined : from(options.out),
        defaultOut: from(`cody-${record.id}.patch`),
      };
      const delivery = await deliver({ ...place, ...paths }, result);
      tell(
        { record, result, delivery, totals: journal.totals() },
        { progress, json: options.json },
      );
      exitCode = exitCodeOf(result);
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    progress.line(`${interrupted.sentence} ${resumeLine(run.record.id)}`);
    return 130;
  }
  return exitCode;
}

function tell(report: Report, to: Readonly<{ progress: Progress; json: boolean }>): void {
  to.progress.line('');
  for (const line of resultLines(report)) out(line);
  to.progress.line('');
  for (const line of closingLines(report)) to.progress.line(line);
  if (to.json) out(JSON.stringify(agentDocument(report)));
}

function exitCodeOf({ state, cause }: WorkResult): number {
  if (state === 'interrupted') return 130;
  return cause.code === 'completed' ? 0 : 1;
}

/** A patch that cannot be written would be paid for all the same. */
async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new CommandError(`--out: there is no folder ${folder}`);
}

/** Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. */
function interruption(progress: Progress): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      progress.line(stopping);
      controller.abort(new Stopped('shutdown', interrupted.code, interrupted.sentence));
    });
  }
  return controller.signal;
}
