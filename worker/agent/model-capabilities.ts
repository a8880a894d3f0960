import type { ModelCapabilities } from '../../core/journal.ts';

// As of 2026-11-22: adaptive thinking came with the 4.6 models, and on-demand compaction names none before them
// (platform documentation, "Adaptive thinking" and "Compaction on demand").
const before46 = new Set(['claude-haiku-4-5', 'claude-sonnet-4-5', 'claude-opus-4-5']);

// Effort came with Opus 4.5.
const withoutEffort = new Set(['claude-haiku-4-5', 'claude-sonnet-4-5']);

/** What a model can do by the dated data, for when the models endpoint does not answer. */
export function capabilitiesFromData(model: string): ModelCapabilities {
  return {
    adaptive_thinking: !before46.has(model),
    effort: !withoutEffort.has(model),
    compaction: !before46.has(model),
  };
}
