import { costMicroUsd, findPrice } from '../../../core/price.ts';
import type { ModelAnswer, ModelFailure } from '../../../worker/agent/model-call.ts';
import type { MemoryTable } from './memory-table.ts';
import { script } from './model-worker.ts';
import { effect, type Process } from './process.ts';
import type { createReference } from './reference.ts';
import { policy } from './setting.ts';
import type { Task } from './tasks.ts';

const usage = {
  input_tokens: 3_000,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  output_tokens: 500,
};

type Deps = Readonly<{
  table: MemoryTable;
  reference: ReturnType<typeof createReference>;
  now: () => number;
}>;

export type PaidModel = ReturnType<typeof createPaidModel>;

/** The model that follows its script, and what it was paid for each job. */
export function createPaidModel({ table, reference, now }: Deps) {
  const paid: { job: string; cost: number }[] = [];
  const failedCalls: string[] = [];
  const of = (task: Task, self: Process) => {
    return async (
      request: { messages: readonly { role: string; content: unknown }[] },
      signal: AbortSignal,
    ): Promise<ModelAnswer | ModelFailure> => {
      // A call that was broken off before it began is not sent.
      if (!signal.aborted && task.cancelSeen)
        reference.fail(1, `${task.spec.jobId} called the model after its cancel was seen`);
      const failed = {
        type: 'failure',
        error: 'broken',
        detail: 'cut',
        begun: true,
        usage: { ...usage, input_tokens: 0, output_tokens: 0 },
      } as const;
      if (signal.aborted) return { ...failed, error: 'aborted', begun: false };
      if (!lastEntry(table.items(), task.spec.jobId).includes('_intent'))
        reference.fail(4, 'a call was paid for before its intent was written down');
      return effect(self, {
        name: 'model',
        act: async () => {
          const cost = costMicroUsd(findPrice(policy.model, now()), usage);
          paid.push({ job: task.spec.jobId, cost });
          const said = JSON.stringify(request.messages);
          const done = script.filter(({ id }) => said.includes(id)).length;
          const use = script[Math.min(done, script.length - 1)];
          return {
            type: 'answer',
            content: [
              {
                type: 'tool_use',
                id: use?.id ?? '',
                name: use?.name ?? '',
                input: use?.input ?? {},
              },
            ],
            stop_reason: 'tool_use',
            usage,
            message_id: `msg_${paid.length}`,
          } satisfies ModelAnswer;
        },
      }).catch(() => {
        // The call never throws for what the network does.
        failedCalls.push(task.spec.jobId);
        return failed;
      });
    };
  };

  return { of, paid, failedCalls };
}

/** The type of the last entry in a job's journal. */
function lastEntry(items: ReadonlyMap<string, Record<string, unknown>>, job: string): string {
  const last = [...items.values()].filter(({ pk }) => pk === `JOURNAL#${job}`).at(-1);
  const body = typeof last?.['body'] === 'string' ? last['body'] : '{}';
  return String((JSON.parse(body) as { type?: string }).type);
}
