import { createHash } from 'node:crypto';
import { promptTokens, type Segment } from './render-prompt.ts';

/** `diagnostics` of a message as the API shapes it, null when nothing was missed or nobody asked. */
export type Diagnostics = Readonly<{
  cache_miss_reason: Readonly<{ type: string; cache_missed_input_tokens?: number }>;
}> | null;

/** Tells why a prompt could not reuse the one of an earlier message. */
export type CacheDiagnosis = Readonly<{
  remember: (id: string, request: Asked) => void;
  /** `previous` is `diagnostics.previous_message_id`; null asks for nothing yet. */
  diagnose: (previous: string | null, request: Asked) => Diagnostics;
}>;

type Asked = Readonly<{ model: string; prompt: readonly Segment[] }>;

type Fingerprint = Readonly<{
  model: string;
  tools: string;
  system: string;
  messages: string;
  /** Message blocks of the prompt, and tokens of all of it. */
  blocks: number;
  tokens: number;
}>;

/** Requests whose fingerprints are kept. */
const KEPT = 1_000;

/** Returns an empty record of fingerprints. */
export function createCacheDiagnosis(): CacheDiagnosis {
  const known = new Map<string, Fingerprint>();

  const remember = (id: string, request: Asked) => {
    known.set(id, fingerprint(request));
    const [oldest] = known.keys();
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  };

  const diagnose = (previous: string | null, request: Asked) => {
    if (previous === null) return null;
    const then = known.get(previous);
    if (!then) return { cache_miss_reason: { type: 'previous_message_not_found' } };
    const type = changed(then, fingerprint(request, then.blocks));
    if (type === null) return null;
    return { cache_miss_reason: { type, cache_missed_input_tokens: then.tokens } };
  };

  return { remember, diagnose };
}

function changed(then: Fingerprint, now: Fingerprint): string | null {
  if (then.model !== now.model) return 'model_changed';
  if (then.tools !== now.tools) return 'tools_changed';
  if (then.system !== now.system) return 'system_changed';
  return then.messages === now.messages ? null : 'messages_changed';
}

function fingerprint({ model, prompt }: Asked, blocks = Number.POSITIVE_INFINITY): Fingerprint {
  const of = (section: Segment['section']) => prompt.filter((one) => one.section === section);
  const messages = of('messages').slice(0, blocks);
  return {
    model,
    tools: hashOf(of('tools')),
    system: hashOf(of('system')),
    messages: hashOf(messages),
    blocks: messages.length,
    tokens: promptTokens(prompt),
  };
}

function hashOf(segments: readonly Segment[]): string {
  const hash = createHash('sha256');
  for (const { bytes } of segments) hash.update(bytes).update('\0');
  return hash.digest('base64');
}
