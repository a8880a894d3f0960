import type { PriceRow } from '../../core/price-data.ts';
import { costMicroUsd } from '../../core/price.ts';
import type { AgentDeps } from './agent-deps.ts';
import type { ModelFailure } from './model-call.ts';
import { settlement } from './paid-call.ts';
import type { Recorder } from './recorder.ts';

/** Records a call that gave nothing, with what it cost. `reserved` is in micro-USD. */
export async function recordFailure(
  recorder: Recorder,
  failed: Readonly<{
    deps: AgentDeps;
    reply: ModelFailure;
    call: Readonly<{
      turn: number;
      try: number;
      reserved: number;
      price: PriceRow;
      compaction?: true;
    }>;
  }>,
): Promise<void> {
  const { deps, call } = failed;
  const { type: _type, begun: _begun, detail, ...failure } = failed.reply;
  const { reserved, price, ...which } = call;
  const cost = costMicroUsd(price, failure.usage);
  deps.log.warn(
    { ...which, error: failure.error, status: failure.status },
    'A call of the model failed',
  );
  await recorder.record(
    {
      type: 'call_failed',
      ...which,
      detail: deps.redact(detail),
      ...failure,
      cost_micro_usd: cost,
    },
    settlement({ reserved, cost, usage: failure.usage, turns: 0 }),
  );
}
