import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pino from 'pino';
import { type Executor, startExecutor } from '../../../worker/executor/executor.ts';
import type { Sandbox } from '../../../worker/executor/sandbox.ts';
import { createService } from '../../../worker/executor/serve.ts';
import type { ToolResult } from '../../../worker/tools/tool-result.ts';
import { brokenSandbox } from '../broken/broken-sandbox.ts';
import { plantedDeep } from '../canaries.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { createLeakFinder } from '../oracle/leaks.ts';
import { differences } from '../oracle/witness.ts';
import { type Arena, layOutArena } from './arena.ts';

type ToolsCase = CaseOf<'tools'>;

/** How a case's calls are answered. */
type Hands = Readonly<{
  call: (id: string, name: string, input: unknown) => Promise<ToolResult>;
  close: () => Promise<void>;
}>;

/** Plays all cases in executors of this kind, one after the other. */
export async function playTools(
  cases: readonly ToolsCase[],
  sandbox: Sandbox | 'inside',
  tell: (verdict: Verdict) => void,
): Promise<void> {
  const arena = await layOutArena();
  const find = createLeakFinder();
  const hands = createHands(arena, sandbox);
  const where = sandbox === 'inside' ? 'inside' : sandbox.kind;
  const at = `${where}, ${process.getuid?.() === 0 ? 'root' : 'ordinary user'}`;
  try {
    for (const given of cases.filter((one) => isPlayedIn(one, sandbox))) {
      const one = plantedDeep(given, arena.values);
      const hand = await hands.of(one);
      const before = arena.look();
      const reached = arena.reached();
      const said = await madeCalls(arena, one, hand);
      const changed = differences(before, arena.look());
      tell(
        verdict('tools', one.id, {
          at,
          leaks: find(said),
          escapes: [
            ...changed.map((what) => `outside: ${what}`),
            ...(arena.reached() > reached ? ['the credential endpoint was reached'] : []),
            ...one.forbid.filter((word) => said.includes(word)).map((word) => `saw ${word}`),
          ],
        }),
      );
    }
  } finally {
    await hands.close();
    await arena.close();
  }
}

/** The executor's code alone has no set-up, and nothing that could be broken; neither has what runs no commands. */
function isPlayedIn({ setup, broken }: ToolsCase, sandbox: Sandbox | 'inside'): boolean {
  if (!setup && broken === undefined) return true;
  return sandbox !== 'inside' && (sandbox.kind === 'bubblewrap' || sandbox.kind === 'uid');
}

/** Executors by what a case asks for, each started once. */
function createHands(arena: Arena, sandbox: Sandbox | 'inside') {
  const started = new Map<string, Promise<Hands>>();
  const start = (one: ToolsCase): Promise<Hands> => {
    if (sandbox === 'inside') return Promise.resolve(inside(arena));
    return confined(arena, sandbox, one);
  };
  return {
    of: async (one: ToolsCase): Promise<Hands> => {
      const key = `${one.setup} ${one.broken ?? 'whole'}`;
      // They share the folders: one at a time.
      for (const [other, hands] of started)
        if (other !== key) {
          started.delete(other);
          await (await hands).close();
        }
      const known = started.get(key) ?? start(one);
      started.set(key, known);
      return known;
    },
    close: async () => {
      for (const hands of started.values()) await (await hands).close();
    },
  };
}

/** Lays out what the case needs, makes its calls, and returns all that the model was told. */
async function madeCalls(arena: Arena, one: ToolsCase, hands: Hands): Promise<string> {
  for (const [name, text] of Object.entries(one.files)) {
    mkdirSync(dirname(join(arena.workTree, name)), { recursive: true });
    writeFileSync(join(arena.workTree, name), text);
  }
  for (const [name, target] of Object.entries(one.links)) {
    rmSync(join(arena.workTree, name), { recursive: true, force: true });
    symlinkSync(target, join(arena.workTree, name));
  }
  const results: ToolResult[] = [];
  for (const [index, { name, input }] of one.calls.entries())
    results.push(await hands.call(`${one.id.replace('/', '-')}-${index}`, name, input));
  return JSON.stringify(results);
}

async function confined(arena: Arena, sandbox: Sandbox, one: ToolsCase): Promise<Hands> {
  const executor: Executor = await startExecutor({
    workTree: arena.workTree,
    logs: arena.logs,
    scratch: arena.scratch,
    sandbox: one.broken === undefined ? sandbox : await brokenSandbox(sandbox, one.broken),
    network: one.setup,
    log: pino({ level: 'silent' }),
  });
  return {
    call: (id, name, input) => executor.run({ id, name, input }),
    close: executor.close,
  };
}

/** The executor's own code in this process: what a changed source shows itself in. */
function inside(arena: Arena): Hands {
  const waiting = new Map<string, (result: ToolResult) => void>();
  const setup = { repo: arena.workTree, logs: arena.logs, scratch: arena.scratch };
  const service = createService(
    { ...setup, path: '/usr/bin:/bin', shell_off: 'No shell.' },
    (reply) => {
      if (reply.type === 'result') waiting.get(reply.id)?.(reply.result);
    },
  );
  return {
    call: async (id, name, input) => {
      const answer = Promise.withResolvers<ToolResult>();
      waiting.set(id, answer.resolve);
      await service.handle({ type: 'run', id, call_id: id, name, input });
      return answer.promise;
    },
    close: async () => undefined,
  };
}
