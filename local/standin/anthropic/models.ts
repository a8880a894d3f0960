import { COMPACTION_BETA } from './check-headers.ts';

/** What the stand-in knows about one model. Numbers are tokens. */
export type Model = Readonly<{
  id: string;
  name: string;
  line: 'haiku' | 'sonnet' | 'opus' | 'fable' | 'mythos';
  releasedAt: string;
  retiresAt: string | null;
  maxInputTokens: number;
  maxTokens: number;
  /** Prefixes below this many tokens are not cached. */
  cacheMinimum: number;
  /** Always thinks; signatures are bound to the preceding conversation. */
  boundThinking: boolean;
  betweenTools: boolean;
  /** Takes `thinking.type: 'adaptive'`. */
  adaptive: boolean;
  /** Takes the `compaction` parameter. */
  compaction: boolean;
  /** Accepts `role: 'system'` inside `messages`. */
  systemMessages: boolean;
}>;

type Row = Pick<Model, 'id' | 'name' | 'line' | 'releasedAt'> & Partial<Model>;

const BOUND = { boundThinking: true } satisfies Partial<Model>;
const OLD = {
  cacheMinimum: 4096,
  systemMessages: false,
  maxInputTokens: 200_000,
  maxTokens: 64_000,
} satisfies Partial<Model>;

const BEFORE_ADAPTIVE = { ...OLD, adaptive: false, compaction: false } satisfies Partial<Model>;

const MODELS: readonly Model[] = [
  row({
    id: 'claude-fable-5-2',
    name: 'Fable 5.2',
    line: 'fable',
    releasedAt: '2026-11-09',
    ...BOUND,
  }),
  row({
    id: 'claude-mythos-5-2',
    name: 'Mythos 5.2',
    line: 'mythos',
    releasedAt: '2026-11-09',
    ...BOUND,
  }),
  row({
    id: 'claude-haiku-5-5',
    name: 'Haiku 5.5',
    line: 'haiku',
    releasedAt: '2026-10-07',
    ...BOUND,
  }),
  row({
    id: 'claude-sonnet-5-5',
    name: 'Sonnet 5.5',
    line: 'sonnet',
    releasedAt: '2026-09-28',
    betweenTools: true,
    ...BOUND,
  }),
  row({
    id: 'claude-opus-5-5',
    name: 'Opus 5.5',
    line: 'opus',
    releasedAt: '2026-09-22',
    ...BOUND,
  }),
  row({
    id: 'claude-fable-5-1',
    name: 'Fable 5.1',
    line: 'fable',
    releasedAt: '2026-08-31',
    ...BOUND,
  }),
  row({
    id: 'claude-mythos-5-1',
    name: 'Mythos 5.1',
    line: 'mythos',
    releasedAt: '2026-08-31',
    ...BOUND,
  }),
  row({
    id: 'claude-sonnet-5',
    name: 'Sonnet 5',
    line: 'sonnet',
    releasedAt: '1970-01-01',
    cacheMinimum: 1024,
  }),
  row({
    id: 'claude-fable-5',
    name: 'Fable 5',
    line: 'fable',
    releasedAt: '1970-01-01',
    cacheMinimum: 1024,
  }),
  row({
    id: 'claude-mythos-5',
    name: 'Mythos 5',
    line: 'mythos',
    releasedAt: '1970-01-01',
    cacheMinimum: 1024,
  }),
  row({
    id: 'claude-opus-5',
    name: 'Opus 5',
    line: 'opus',
    releasedAt: '1970-01-01',
    cacheMinimum: 1024,
  }),
  row({
    id: 'claude-opus-4-8',
    name: 'Opus 4.8',
    line: 'opus',
    releasedAt: '1970-01-01',
    cacheMinimum: 1024,
  }),
  row({
    id: 'claude-opus-4-7',
    name: 'Opus 4.7',
    line: 'opus',
    releasedAt: '1970-01-01',
    cacheMinimum: 2048,
    systemMessages: false,
  }),
  row({ id: 'claude-opus-4-6', name: 'Opus 4.6', line: 'opus', releasedAt: '1970-01-01', ...OLD }),
  row({
    id: 'claude-sonnet-4-6',
    name: 'Sonnet 4.6',
    line: 'sonnet',
    releasedAt: '1970-01-01',
    ...OLD,
    cacheMinimum: 1024,
  }),
  row({
    id: 'claude-opus-4-5',
    name: 'Opus 4.5',
    line: 'opus',
    releasedAt: '2025-11-01',
    ...BEFORE_ADAPTIVE,
  }),
  row({
    id: 'claude-haiku-4-5',
    name: 'Haiku 4.5',
    line: 'haiku',
    releasedAt: '2025-10-01',
    ...BEFORE_ADAPTIVE,
  }),
  row({
    id: 'claude-sonnet-4-5',
    name: 'Sonnet 4.5',
    line: 'sonnet',
    releasedAt: '2025-09-29',
    retiresAt: '2026-11-30T00:00:00Z',
    ...BEFORE_ADAPTIVE,
    cacheMinimum: 1024,
  }),
];

/** Returns every served model, the newest release first. */
export function listModels(): readonly Model[] {
  return MODELS;
}

/** Returns the model with this id, or null. Undated ids only. */
export function findModel(id: string): Model | null {
  return MODELS.find((model) => model.id === id) ?? null;
}

/** Returns the body of `GET /v1/models/{id}` as `ModelInfo` of `@anthropic-ai/sdk` 1.12 types it, with its betas. */
export function modelInfo(model: Model, betas: ReadonlySet<string> = new Set()): object {
  return {
    id: model.id,
    type: 'model',
    display_name: `Claude ${model.name} (scripted model)`,
    line: model.line,
    created_at: `${model.releasedAt}T00:00:00Z`,
    deprecated_at: model.retiresAt === null ? null : '2026-09-30T00:00:00Z',
    lifecycle: model.retiresAt === null ? 'active' : 'deprecated',
    retires_at: model.retiresAt,
    max_input_tokens: model.maxInputTokens,
    max_tokens: model.maxTokens,
    capabilities: {
      ...capabilities(model),
      ...(betas.has(COMPACTION_BETA) ? { compaction: compactionOf(model) } : {}),
    },
  };
}

function row(partial: Row): Model {
  return {
    retiresAt: null,
    maxInputTokens: 1_000_000,
    maxTokens: 128_000,
    cacheMinimum: 512,
    boundThinking: false,
    betweenTools: false,
    adaptive: true,
    compaction: true,
    systemMessages: true,
    ...partial,
  };
}

function compactionOf({ compaction }: Model): object {
  return { summarize: { supported: compaction }, supported: compaction };
}

// Server tools, batches and context editing are off: the stand-in does not speak them.
function capabilities(model: Model): object {
  const yes = { supported: true };
  const no = { supported: false };
  return {
    batch: no,
    citations: no,
    code_execution: no,
    context_management: {
      clear_thinking_20251015: no,
      clear_tool_uses_20250919: no,
      compact_20260112: no,
      supported: false,
    },
    effort: { low: yes, medium: yes, high: yes, xhigh: yes, max: yes, supported: true },
    image_input: yes,
    pdf_input: no,
    server_tools: { code_execution: no, web_search: no, supported: false },
    structured_outputs: yes,
    thinking: {
      supported: true,
      types: {
        adaptive: { supported: model.adaptive },
        between_tools: { supported: model.betweenTools },
        disabled: { supported: !model.boundThinking },
        enabled: { supported: !model.boundThinking },
      },
    },
  };
}
