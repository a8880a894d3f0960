import { costMicroUsd, findPrice } from '../../core/price.ts';
import { z } from 'zod';
import type { RecordedRequest } from '../../local/standin/anthropic/anthropic-standin.ts';
import type { CallRecord } from './call.ts';

/** What the model was asked for, and what it cost. */
export type ModelFacts = Readonly<{
  /** Of each call that was answered, micro-USD. */
  costs: readonly number[];
  /** The transcripts that each job sent, in their order: every message as text, cache marks left out. */
  transcripts: Readonly<Record<string, readonly (readonly string[])[]>>;
}>;

const Asked = z.object({
  model: z.string(),
  system: z.unknown(),
  tools: z.unknown(),
  messages: z.array(z.unknown()),
});

/** Reads the stand-in's ledger and what went through the gate. */
export function modelFacts(
  requests: readonly RecordedRequest[],
  calls: readonly CallRecord[],
): ModelFacts {
  const asked = requests.filter(({ path }) => path === '/v1/messages');
  const sent = calls.filter(
    ({ service, name, jobId }) =>
      service === 'anthropic' && name === 'POST /v1/messages' && jobId !== undefined,
  );
  const byJob = Map.groupBy(sent, ({ jobId }) => jobId ?? '');
  return {
    costs: asked.flatMap(costOf),
    transcripts: Object.fromEntries(
      [...byJob].map(([job, theirs]) => [
        job,
        theirs.map(({ request }) => transcript(request.body)),
      ]),
    ),
  };
}

function costOf({ body, usage, time }: RecordedRequest): readonly number[] {
  const asked = Asked.safeParse(body);
  if (!usage || !asked.success) return [];
  const price = findPrice(asked.data.model, time);
  return [
    costMicroUsd(price, {
      ...usage,
      cache_creation_1h_input_tokens: usage.cache_creation.ephemeral_1h_input_tokens,
    }),
  ];
}

/** System and tools first, then each message. A message's text is JSON without the marks that move. */
function transcript(body: Buffer): readonly string[] {
  const asked = Asked.safeParse(parse(body));
  if (!asked.success) return [];
  const { system, tools, messages } = asked.data;
  return [plain({ system, tools }), ...messages.map(plain)];
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // A request that broke off in the middle.
    return undefined;
  }
}

function plain(value: unknown): string {
  return JSON.stringify(value, (name, inner: unknown) =>
    name === 'cache_control' ? undefined : inner,
  );
}
