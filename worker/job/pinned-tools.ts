import type { PinnedTool } from '../../core/journal.ts';
import { toolCatalog } from '../tools/catalog.ts';

/** The seven tools as a run's journal keeps them. */
export const pinnedTools: readonly PinnedTool[] = toolCatalog.map((tool) => ({
  ...tool,
  input_schema: { ...tool.input_schema },
}));
