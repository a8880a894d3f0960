import type { AgentDeps } from './agent-deps.ts';
import type { Recorder } from './recorder.ts';

/** A signal that aborts with the run's own one, or when the run's time is over. */
export function runDeadline(recorder: Recorder, deps: AgentDeps): AbortSignal {
  const start = recorder.state().header?.at ?? deps.now();
  const remaining = start + deps.limits.wall_clock_ms - deps.now();
  const deadline = AbortSignal.timeout(Math.max(1, Math.ceil(remaining)));
  return AbortSignal.any([deps.signal, deadline]);
}
