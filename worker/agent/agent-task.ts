import type { ModelCapabilities } from '../../core/journal.ts';
import type { ModelLimits } from '../../core/price-data.ts';
import type { Effort } from '../../core/request.ts';
import type { FirstBlock } from './prompt.ts';

/** What the run is about. Only the first attempt's values count: they are pinned by the journal. */
export type AgentTask = Readonly<{
  attempt: number;
  model: string;
  effort: Effort;
  base_sha: string;
  /** Without capabilities those of the dated data hold. */
  model_limits: ModelLimits & Readonly<{ capabilities?: ModelCapabilities }>;
  first: readonly FirstBlock[];
}>;
