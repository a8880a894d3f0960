import type { Logger } from 'pino';
import type { Outbox } from '../../core/queue.ts';
import type { ModelPauses } from '../../core/store/model-pause.ts';
import type { ModelCall } from '../agent/model-call.ts';

type Deps = Readonly<{
  pauses: ModelPauses;
  /** The jobs queue. */
  outbox: Outbox;
  probeMs: number;
  /** Called whenever an answer begins. */
  onBegin: () => void;
  now: () => number;
  log: Pick<Logger, 'info' | 'warn'>;
}>;

/**
 * The same model call, which notes for all jobs of its key when the account's spend limit is met, and ends that pause
 * with the first answer after it; `onBegin` hears of every answer. One read of the table per answer is nothing beside the call.
 */
export function watchSpend(model: ModelCall, deps: Deps): ModelCall {
  return async (request, signal, onBegin) => {
    const began = deps.now();
    const reply = await model(request, signal, () => {
      deps.onBegin();
      onBegin?.();
    });
    try {
      if (reply.type === 'answer') await answered(deps, began);
      else if (reply.error === 'spend_limit') await deps.pauses.refused(deps.probeMs);
    } catch (err) {
      // The call's result is worth more; the next call says the same again.
      deps.log.warn({ err }, 'the pause of the model key could not be noted');
    }
    return reply;
  };
}

async function answered({ pauses, outbox, log }: Deps, began: number): Promise<void> {
  if (!(await pauses.answered(began))) return;
  log.info('the model account works again');
  await outbox.send({ type: 'wake' });
}
