import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { type Executor, startExecutor } from '../../../worker/executor/executor.ts';
import { detectSandbox, type Sandbox } from '../../../worker/executor/sandbox.ts';
import type { Call, Step, ToolCase } from './case.ts';
import { type CaseFolders, layOut } from './lay-out.ts';

/** An executor on folders of its own. `key` is what its files are laid out for when they stay. */
export type CaseBench = Readonly<{
  executor: Executor;
  folders: CaseFolders;
  sandbox: Sandbox;
  /** Paths that its executor may have noted as read. */
  seen: Set<string>;
  kept: string | undefined;
}>;

/** Benches that cases share. */
export type CaseBenches = Readonly<{
  /** Runs `work` on a bench with the case's files and nothing else; at most two at a time. */
  use: <T>(toolCase: ToolCase, work: (bench: CaseBench) => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
}>;

type Kind = NonNullable<ToolCase['sandbox']>;

const AT_ONCE = 2;

/**
 * Starting an executor costs a third of a second, so that cases share them. Two cases do not when one of them changes a
 * file of a name that the executor has seen before: what was read is remembered for as long as an executor lives.
 */
export function createCaseBenches(): CaseBenches {
  const idle: CaseBench[] = [];
  const limit = createLimit(AT_ONCE);
  const sameFiles = new Map<string, ReturnType<typeof createLimit>>();
  /** Cases that keep the same files wait for each other, lest each of them lays out its own. */
  const oneByOne = (files: string) => {
    const known = sameFiles.get(files) ?? createLimit(1);
    sameFiles.set(files, known);
    return known;
  };
  const sandboxes = new Map<Kind, Promise<Sandbox>>();
  const sandboxOf = (kind: Kind = 'bubblewrap'): Promise<Sandbox> => {
    const known = sandboxes.get(kind) ?? detectSandbox({ preferred: kind });
    sandboxes.set(kind, known);
    return known;
  };
  const take = async (toolCase: ToolCase): Promise<CaseBench> => {
    const sandbox = await sandboxOf(toolCase.sandbox);
    const kept = keptFiles(toolCase);
    const suits = (bench: CaseBench) =>
      bench.sandbox === sandbox && bench.kept === kept && !meets(bench, toolCase);
    const found = toolCase.own_executor ? -1 : idle.findIndex(suits);
    const [bench] = found === -1 ? [] : idle.splice(found, 1);
    if (bench && kept !== undefined) return bench;
    const ready = bench ?? (await open(sandbox, kept));
    empty(ready.folders);
    await layOut(ready.folders, toolCase.files);
    return ready;
  };
  const giveBack = async (bench: CaseBench, toolCase: ToolCase): Promise<void> => {
    if (toolCase.own_executor) return shut(bench);
    for (const path of namedPaths(toolCase)) bench.seen.add(path);
    idle.push(bench);
    const plain = idle.filter(({ kept }) => kept === undefined);
    const [oldest] = plain;
    if (plain.length <= AT_ONCE || !oldest) return;
    idle.splice(idle.indexOf(oldest), 1);
    await shut(oldest);
  };
  const use = <T>(toolCase: ToolCase, work: (bench: CaseBench) => Promise<T>): Promise<T> =>
    limit(async () => {
      const bench = await take(toolCase);
      try {
        return await work(bench);
      } finally {
        await giveBack(bench, toolCase);
      }
    });
  return {
    use: (toolCase, work) => {
      const kept = keptFiles(toolCase);
      return kept === undefined ? use(toolCase, work) : oneByOne(kept)(() => use(toolCase, work));
    },
    close: async () => {
      await Promise.all(idle.splice(0).map(shut));
    },
  };
}

function keptFiles(toolCase: ToolCase): string | undefined {
  return toolCase.keep_files ? JSON.stringify(toolCase.files) : undefined;
}

async function open(sandbox: Sandbox, kept: string | undefined): Promise<CaseBench> {
  const folder = mkdtempSync(join(tmpdir(), 'cody-case-'));
  const folders: CaseFolders = {
    folder,
    workTree: join(folder, 'repo'),
    logs: join(folder, 'logs'),
    scratch: join(folder, 'scratch'),
  };
  const log = pino({ level: 'silent' });
  const executor = await startExecutor({ ...folders, sandbox, network: false, log });
  return { executor, folders, sandbox, seen: new Set(), kept };
}

async function shut(bench: CaseBench): Promise<void> {
  await bench.executor.close();
  rmSync(bench.folders.folder, { recursive: true, force: true });
}

/**
 * The three folders themselves are mounted and must stay, and so must the commands' home. Names are taken as bytes,
 * since a command can make some that are no UTF-8.
 */
function empty({ folder, workTree, logs, scratch }: CaseFolders): void {
  for (const root of [folder, workTree, logs, scratch]) {
    for (const name of readdirSync(root, { encoding: 'buffer' })) {
      const mounted = root === folder && ['repo', 'logs', 'scratch'].includes(name.toString());
      const path = Buffer.concat([Buffer.from(`${root}/`), name]);
      if (!mounted) rmSync(path, { recursive: true, force: true });
    }
  }
  mkdirSync(join(scratch, 'home'));
}

function meets(bench: CaseBench, toolCase: ToolCase): boolean {
  const changes = callsOf(toolCase.calls).some(({ name }) => name === 'edit' || name === 'write');
  return changes && namedPaths(toolCase).some((path) => bench.seen.has(path));
}

function namedPaths(toolCase: ToolCase): string[] {
  const named = callsOf(toolCase.calls).flatMap(({ input }) =>
    typeof input === 'object' && input !== null && 'file_path' in input
      ? [String(input.file_path)]
      : [],
  );
  return named.length === 0 ? [] : [...named, ...Object.keys(toolCase.files)];
}

/** All calls of a case in order, those of parallel steps included. */
export function callsOf(steps: readonly Step[]): Call[] {
  return steps.flatMap((step) => {
    if ('change' in step) return [];
    return 'parallel' in step ? step.parallel : [step];
  });
}

function createLimit(most: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
