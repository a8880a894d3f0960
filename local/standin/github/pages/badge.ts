import { html } from 'hono/html';

import type { CheckRun } from '../check.ts';
import type { Issue } from '../issue.ts';
import type { Label, Repository } from '../world.ts';
import type { Html } from './visit.ts';

/** The state of an issue or a pull request. */
export function stateBadge(issue: Issue): Html {
  const { tone, text } = stateOf(issue);
  return html`<span class="badge badge-${tone}">${text}</span>`;
}

function stateOf({ state, pull }: Issue): { tone: string; text: string } {
  if (pull && pull.mergedAt !== null) return { tone: 'done', text: 'Merged' };
  if (state === 'closed')
    return pull ? { tone: 'bad', text: 'Closed' } : { tone: 'done', text: 'Closed' };
  return pull?.draft ? { tone: 'quiet', text: 'Draft' } : { tone: 'good', text: 'Open' };
}

const SIGNS: Readonly<Record<string, Readonly<{ tone: string; sign: string }>>> = {
  success: { tone: 'good', sign: '✓' },
  failure: { tone: 'bad', sign: '✕' },
  timed_out: { tone: 'bad', sign: '✕' },
  action_required: { tone: 'busy', sign: '!' },
  neutral: { tone: 'quiet', sign: '■' },
  skipped: { tone: 'quiet', sign: '–' },
  cancelled: { tone: 'quiet', sign: '–' },
};

/** The sign of a check run: its conclusion, or that it is under way. */
export function checkSign(run: CheckRun): Html {
  const { tone, sign } = SIGNS[run.conclusion ?? ''] ?? { tone: 'busy', sign: '●' };
  return html`<span class="sign sign-${tone}" title="${checkState(run)}">${sign}</span>`;
}

/** The state of a check run in words. */
export function checkState(run: CheckRun): string {
  return (run.conclusion ?? run.status).replaceAll('_', ' ');
}

/** The labels of an issue. */
export function labelViews(repository: Repository, issue: Issue): readonly Html[] {
  return [...issue.labels]
    .map((name) => repository.labels.get(name.toLowerCase()))
    .filter((label): label is Label => label !== undefined)
    .map((label) => html`<span class="pill">${label.name}</span>`);
}
