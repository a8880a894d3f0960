import type { AgentDeps } from './agent-deps.ts';
import { canNotify } from './next-step.ts';
import { prefixSha256 } from './prefix.ts';
import { interruptedCall, resumedNotice } from './prompt.ts';
import type { Recorder } from './recorder.ts';
import type { RunState } from './run-state.ts';
import { settleLostQuestion } from './settle-question.ts';
import { textResult } from './run-tools.ts';
import { sha256 } from '../../core/ids.ts';

/**
 * Brings a run that another attempt left behind to a state from which the loop goes on: the call in flight is settled
 * (and will be sent again with the same bytes), commands that had started get a result that says so. Throws a defect
 * when the journal's hashes do not fit its contents.
 */
export async function resume(recorder: Recorder, deps: AgentDeps): Promise<void> {
  const state = recorder.state();
  if (state.outcome) return;
  verifyHashes(state);
  deps.log.info({ seq: state.seq, turns: state.turns }, 'Going on from the journal');
  const mayLackChanges = state.mutatedSinceSnapshot && deps.snapshot !== undefined;
  await settleLostCall(recorder);
  await settleLostQuestion(recorder);
  await rememberFiles(recorder, deps);
  await answerInterrupted(recorder);
  if (mayLackChanges && canNotify(recorder.state())) {
    const text = resumedNotice(recorder.state().snapshotTurn);
    await recorder.record({ type: 'notice', kind: 'resumed', text });
  }
}

// The tools are new, the conversation is not: an edit of a file that was read before needs no second read. A file with
// other bytes now, for instance one whose change came after the last snapshot, stays stale.
async function rememberFiles(recorder: Recorder, { tools }: AgentDeps): Promise<void> {
  const files = [...recorder.state().seen].map(([path, sha256]) => ({ path, sha256 }));
  if (files.length > 0) await tools.remember?.(files);
}

// Nobody knows what the lost call used, so all that was reserved for it counts as spent.
async function settleLostCall(recorder: Recorder): Promise<void> {
  const { intent } = recorder.state();
  if (!intent) return;
  const usage = {
    input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_creation_1h_input_tokens: 0,
    output_tokens: 0,
  };
  const reserved = intent.reserved_micro_usd;
  await recorder.record(
    {
      type: 'call_failed',
      turn: intent.turn,
      try: intent.try,
      ...(intent.compacts ? { compaction: true } : {}),
      error: 'worker_lost',
      detail: 'The worker ended before the answer came',
      usage,
      cost_micro_usd: reserved,
    },
    {
      type: 'settle',
      reserved_micro_usd: reserved,
      actual_micro_usd: reserved,
      usage,
      turns: 0,
    },
  );
}

// Reading again is harmless, so only calls that may have changed something are answered here.
async function answerInterrupted(recorder: Recorder): Promise<void> {
  const { open, header } = recorder.state();
  if (!open) return;
  for (const call of open.calls) {
    const tool = header?.tools.find((candidate) => candidate.name === call.name);
    const interrupted = open.started.has(call.id) && !open.results.has(call.id);
    if (!interrupted || !tool?.mutating) continue;
    await recorder.record({
      type: 'tool_result',
      tool_use_id: call.id,
      result: { ...textResult(interruptedCall(), { isError: true }), mutated: true },
    });
  }
}

function verifyHashes(state: RunState): void {
  const { header, intent } = state;
  if (!header) throw new Error('A journal without a header');
  const same =
    sha256(header.system) === header.system_sha256 &&
    sha256(JSON.stringify(header.tools)) === header.tools_sha256 &&
    (!intent ||
      prefixSha256(header, state.messages.slice(0, intent.compacts)) === intent.prefix_sha256);
  if (!same) throw new Error('The journal does not give the bytes that were sent');
}
