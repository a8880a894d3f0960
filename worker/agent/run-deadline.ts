import type { AgentDeps } from './agent-deps.ts';
import type { Recorder } from './recorder.ts';

/** A signal that aborts with the run's own one, or when the run's time is over. */
export function runDeadline(recorder: Recorder, deps: AgentDeps): AbortSignal {
  const remaining = deps.limits.wall_clock_ms - recorder.elapsed();
  const deadline = AbortSignal.timeout(Math.max(1, Math.ceil(remaining)));
  return AbortSignal.any([deps.signal, deadline]);
}
