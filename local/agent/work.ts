import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Cause } from '../../core/cause.ts';
import { Stopped, TransientError, UserError } from '../../core/errors.ts';
import type { Submission, Verification } from '../../core/job.ts';
import type { AgentOutcome } from '../../worker/agent/agent.ts';
import { detectSandbox } from '../../worker/executor/sandbox.ts';
import { stoppedCause } from '../../worker/job/ending.ts';
import { type Folders, foldersOf, removeFolders } from '../../worker/job/folders.ts';
import type { CommandsResult } from '../../worker/job/harness-command.ts';
import {
  type CommandRun,
  sandboxReason,
  setUp,
  setupNote,
  verify,
} from '../../worker/job/repository-commands.ts';
import { withExecutor } from '../../worker/job/with-executor.ts';
import { type Changes, collectChanges } from '../../worker/workspace/changes.ts';
import { detectCommands } from '../../worker/workspace/detect-commands.ts';
import { restoreSnapshot, takeSnapshot } from '../../worker/workspace/snapshot.ts';
import { writeWorkTree } from '../../worker/workspace/work-tree.ts';
import { copyChanges, copyHead } from './copy-source.ts';
import { defaultSettings } from './folder-settings.ts';
import type { OpenRun } from './open-run.ts';
import { plainText } from './plain-text.ts';
import type { Progress } from './progress.ts';
import { runTheAgent } from './run-the-agent.ts';
import { saveRecord } from './run-record.ts';
import type { PersonsGit } from './source-folder.ts';
import { completed, defectCause, interrupted } from './words.ts';

export type WorkDeps = Readonly<{
  model: Readonly<{ apiKey: string; baseURL: string }>;
  git: PersonsGit;
  redact: (text: string) => string;
  progress: Progress;
  /** Aborted with a `Stopped` for shutdown as its reason. */
  signal: AbortSignal;
  now: () => number;
  log: Logger;
}>;

/** What a run came to. `changes` is undefined when nothing was copied or compared. */
export type WorkResult = Readonly<{
  state: 'patch' | 'answered' | 'planned' | 'failed' | 'interrupted';
  cause: Cause;
  submission: Submission | undefined;
  verification: Verification;
  changes: Changes | undefined;
  /** True while the person's work tree is what the run with uncommitted changes started from. */
  sameStart: () => Promise<boolean>;
}>;

/** Bytes of changed files that a run may start from. */
const maxChangedBytes = 100 * 1024 * 1024;

const nothingVerified: Verification = { status: 'none', commands: [] };

/**
 * Copies the checkout, lets the agent work on the copy, verifies and compares; `deliver` gets the result while the
 * copy is still there. What goes wrong after copying is a result as well, with the changes made until then. Throws
 * CommandError, UserError or the signal's reason when the checkout could not be copied.
 */
export async function work(
  deps: WorkDeps,
  run: OpenRun,
  deliver: (result: WorkResult) => Promise<void>,
): Promise<void> {
  const folders = foldersOf(run.folder, 'copy');
  try {
    const place = { ...folders, baseSha: await copy(deps, run, folders) };
    const result = await develop(deps, run, place).catch((error: unknown) =>
      brokenOff(deps, { run, place, error }),
    );
    await deliver(result);
  } finally {
    await removeFolders(folders);
  }
}

type Place = Folders & Readonly<{ baseSha: string }>;

async function copy(deps: WorkDeps, run: OpenRun, folders: Folders): Promise<string> {
  const { folder: top, head_sha: headSha, with_changes } = run.record;
  const ignoreFiles = await deps.git.ignoreFiles(top);
  await copyHead(folders, { top, headSha, ignoreFiles, signal: deps.signal });
  if (!with_changes) return headSha;
  const bundle = await changesOf(run, folders);
  return copyChanges(folders, bundle);
}

/** Taken once: another attempt starts from the same changes, whatever the person did since. */
async function changesOf({ record, folder, objects }: OpenRun, folders: Folders): Promise<Buffer> {
  if (record.changes) return objects.get(record.changes);
  const { gitDir } = folders;
  const from = { gitDir, workTree: record.folder, baseSha: record.head_sha };
  const bundle = await takeSnapshot({ ...from, maxBytes: maxChangedBytes });
  await saveRecord(folder, { ...record, changes: await objects.put(bundle) });
  return bundle;
}

async function develop(deps: WorkDeps, run: OpenRun, place: Place): Promise<WorkResult> {
  const { progress, redact, signal, log } = deps;
  const settings = run.record.settings ?? defaultSettings();
  const wanted = await detectCommands({ gitDir: place.gitDir, sha: place.baseSha }, settings);
  for (const text of [...settings.problems, ...wanted.notes]) progress.line(plainText(text));
  const sandbox = await detectSandbox();
  progress.line(sandboxReason(sandbox));
  const commands = {
    wanted,
    sandbox,
    folders: place,
    redact,
    signal,
    log,
    onEvent: progress.event,
  };

  const setup = await prepare(run, place, { ...commands, progress });
  signal.throwIfAborted();
  const outcome = await withExecutor({ folders: place, sandbox, network: false, log }, (executor) =>
    runTheAgent(deps, run, {
      ...place,
      executor,
      setupNote: setupNote(wanted, setup),
      checks: sandbox.shell ? wanted.verify : [],
    }),
  );
  const changes = await collectChanges(place);
  const verification = run.record.plan
    ? nothingVerified
    : await verify({ ...commands, changedFiles: changes.changes.length });
  signal.throwIfAborted();
  return finished(run, { outcome, changes, verification, place });
}

/** Set-up has the network, so that it runs before anything that a model wrote is there. */
async function prepare(
  run: OpenRun,
  place: Place,
  commands: CommandRun & Readonly<{ progress: Progress }>,
): Promise<CommandsResult> {
  try {
    // A plan runs no command, so nothing needs to be installed for it.
    return run.record.plan ? { results: [] } : await setUp(commands);
  } finally {
    const restored = await restoreLast(run, place);
    if (restored) commands.progress.line('The work of the interrupted run is restored.');
  }
}

async function restoreLast({ journal, objects }: OpenRun, place: Place): Promise<boolean> {
  const entries = await journal.read();
  const last = entries.findLast((entry) => entry.type === 'workspace');
  if (last) await restoreSnapshot(place, await objects.get(last.pointer));
  return last !== undefined;
}

type Finished = Readonly<{
  outcome: AgentOutcome;
  changes: Changes;
  verification: Verification;
  place: Place;
}>;

function finished(run: OpenRun, { outcome, changes, verification, place }: Finished): WorkResult {
  const stopped = stoppedCause(outcome);
  const { submission } = outcome;
  const changed = changes.changes.length > 0;
  const ended = run.record.plan ? 'planned' : 'answered';
  return {
    state: changed ? 'patch' : outcome.type === 'stopped' ? 'failed' : ended,
    cause: stopped ?? completed,
    submission,
    verification,
    changes,
    sameStart: () => isSameStart(run, place, changes),
  };
}

type Broken = Readonly<{ run: OpenRun; place: Place; error: unknown }>;

async function brokenOff(deps: WorkDeps, { run, place, error }: Broken): Promise<WorkResult> {
  const stopped = error instanceof Stopped;
  deps.log[stopped ? 'info' : 'error']({ err: error }, 'the run broke off');
  const changes = await collectChanges(place).catch((failure: unknown) => {
    deps.log.warn({ err: failure }, 'there is no patch to keep');
    return undefined;
  });
  return {
    state: stopped ? 'interrupted' : 'failed',
    cause: causeOf(error, join(run.folder, 'agent.log')),
    submission: undefined,
    verification: nothingVerified,
    changes,
    sameStart: async () => false,
  };
}

function causeOf(error: unknown, logFile: string): Cause {
  if (error instanceof Stopped) return interrupted;
  if (error instanceof UserError) {
    const { code, message: sentence, next } = error;
    return { code, sentence, ...(next === undefined ? {} : { next }) };
  }
  if (error instanceof TransientError) return { code: error.code, sentence: `${error.message}.` };
  return defectCause(logFile);
}

/** The person's work tree is read, never written: what differs goes into the run's own git directory. */
async function isSameStart(run: OpenRun, place: Place, changes: Changes): Promise<boolean> {
  const from = { gitDir: place.gitDir, workTree: run.record.folder, baseSha: place.baseSha };
  const { tree } = await writeWorkTree(from, maxChangedBytes);
  return tree === changes.baseTree;
}
