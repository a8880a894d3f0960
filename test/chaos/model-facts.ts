import { type CallUsage, costMicroUsd, findPrice } from '../../core/price.ts';
import { z } from 'zod';
import type { RecordedRequest } from '../../local/standin/anthropic/anthropic-standin.ts';
import type { CallRecord } from './call.ts';

/** What the model was asked for, and what it cost. */
export type ModelFacts = Readonly<{
  /** Of each call that was answered, micro-USD. */
  costs: readonly number[];
  /** What of it stood for output that the gate kept back: nobody pays for what was not sent. */
  unsent: number;
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
    unsent: calls.map(unsentOf).reduce((total, cost) => total + cost, 0),
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

const Tokens = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
  cache_creation: z.object({ ephemeral_1h_input_tokens: z.number() }),
});
const Event = z.object({
  message: z.object({ usage: Tokens }).optional(),
  usage: z.object({ output_tokens: z.number() }).optional(),
  delta: z.unknown(),
});

function unsentOf({ request, stream, at }: CallRecord): number {
  const asked = Asked.safeParse(parse(request.body));
  if (!stream || !asked.success) return 0;
  const whole = usedIn(eventsIn(stream.whole));
  if (!whole) return 0;
  const price = findPrice(asked.data.model, at);
  const sent = usedIn(eventsIn(stream.sent), whole);
  return costMicroUsd(price, whole) - (sent ? costMicroUsd(price, sent) : 0);
}

function eventsIn(text: string) {
  return text.split('\n').flatMap((line) => {
    const event = line.startsWith('data: ') ? Event.safeParse(parse(line.slice(6))) : undefined;
    return event?.success ? [event.data] : [];
  });
}

type Used = CallUsage & Readonly<{ characters: number }>;

/** What a stream has told of its cost. One that ends early has written a part of the whole. */
function usedIn(events: ReturnType<typeof eventsIn>, whole?: Used): Used | undefined {
  const begun = events.find(({ message }) => message)?.message?.usage;
  if (!begun) return undefined;
  const characters = events.reduce((sum, { delta }) => sum + JSON.stringify(delta ?? '').length, 0);
  const told = events.findLast(({ usage }) => usage)?.usage?.output_tokens;
  const part = whole ? Math.min(1, characters / Math.max(1, whole.characters)) : 1;
  return {
    ...begun,
    cache_creation_1h_input_tokens: begun.cache_creation.ephemeral_1h_input_tokens,
    output_tokens: told ?? Math.round((whole?.output_tokens ?? begun.output_tokens) * part),
    characters,
  };
}

/** System and tools first, then each message. A message's text is JSON without the marks that move. */
function transcript(body: Buffer): readonly string[] {
  const asked = Asked.safeParse(parse(body));
  if (!asked.success) return [];
  const { system, tools, messages } = asked.data;
  return [plain({ system, tools }), ...messages.map(plain)];
}

function parse(body: Buffer | string): unknown {
  try {
    return JSON.parse(body.toString());
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
