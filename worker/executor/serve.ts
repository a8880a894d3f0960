import { createReadRegistry } from '../tools/read-registry.ts';
import { runTool } from '../tools/run-tool.ts';
import type { Shell, ToolContext } from '../tools/tool.ts';
import type { ToolResult } from '../tools/tool-result.ts';
import { createWorkspace } from '../tools/workspace.ts';
import { commandEnv } from './command-env.ts';
import { isOwnNamespace, pidNamespace } from './pid-namespace.ts';
import type { ExecutorReply, ExecutorRequest, ExecutorSetup } from './protocol.ts';
import { LeftOversError, type OwnProcesses } from './left-overs.ts';
import { createShell } from './shell.ts';

/** Answers requests. `handle` never throws and never rejects. */
export type Service = Readonly<{ handle: (request: ExecutorRequest) => Promise<void> }>;

/** Binds the tools to their folders and to `send`, which gets exactly one reply per request but cancel. */
export function createService(setup: ExecutorSetup, send: (reply: ExecutorReply) => void): Service {
  const active = new Map<string, AbortController>();
  const workspace = createWorkspace(setup);
  const registry = createReadRegistry();
  const shell = bindShell(setup);

  const runCall = async (
    request: Extract<ExecutorRequest, { type: 'run' }>,
    signal: AbortSignal,
  ) => {
    const started = performance.now();
    const context: ToolContext = { workspace, registry, shell, callId: request.call_id, signal };
    const output = await runTool(context, request.name, request.input);
    const result: ToolResult = { ...output, duration_ms: performance.now() - started };
    send({ type: 'result', id: request.id, result });
  };
  const handle = async (request: ExecutorRequest): Promise<void> => {
    if (request.type === 'cancel') {
      active.get(request.id)?.abort();
      return;
    }
    if (request.type === 'seen') {
      for (const file of request.files) registry.restore(file);
      send({ type: 'seen', id: request.id });
      return;
    }
    const controller = new AbortController();
    active.set(request.id, controller);
    if (request.type === 'exec') send(await execute(shell, request, controller.signal));
    else await runCall(request, controller.signal);
    active.delete(request.id);
  };
  return { handle };
}

function bindShell(setup: ExecutorSetup): Shell | string {
  if (setup.shell_off !== null) return setup.shell_off;
  const shell = createShell({
    repo: setup.repo,
    logs: setup.logs,
    env: commandEnv(setup),
    ownProcesses: ownProcesses(setup),
  });
  return (command, signal) => shell(command, signal).catch(endWithLeftOvers);
}

/** Our end makes our parent end everything in this sandbox, from outside, where that can be seen to. */
function endWithLeftOvers(error: unknown): never {
  if (error instanceof LeftOversError) process.exit(1);
  throw error;
}

/** Only where all that kill(-1) reaches is ours: in a pid namespace of our own, or as a user of our own. */
function ownProcesses({ outer_pid_namespace: outer, own_uid: uid }: ExecutorSetup): OwnProcesses {
  if (isOwnNamespace(outer, pidNamespace())) return { type: 'namespace' };
  if (uid !== undefined && uid === process.getuid?.()) return { type: 'user', uid };
  return { type: 'group' };
}

async function execute(
  shell: Shell | string,
  request: Extract<ExecutorRequest, { type: 'exec' }>,
  signal: AbortSignal,
): Promise<ExecutorReply> {
  const failed = (output: string): ExecutorReply => ({
    type: 'exec_result',
    id: request.id,
    exit_code: null,
    timed_out: false,
    output,
    duration_ms: 0,
  });
  if (typeof shell === 'string') return failed(shell);
  try {
    const result = await shell(
      { command: request.command, timeoutMs: request.timeout_ms, logName: request.log_name },
      signal,
    );
    return {
      type: 'exec_result',
      id: request.id,
      exit_code: result.timedOut || result.cancelled ? null : result.exitCode,
      timed_out: result.timedOut,
      output: result.output,
      duration_ms: result.durationMs,
    };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}
