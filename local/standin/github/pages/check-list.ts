import { html } from 'hono/html';

import type { CheckRun } from '../check.ts';
import { appById } from '../world.ts';
import { checkSign, checkState } from './badge.ts';
import { time } from './time.ts';
import { type Html, pathOf, type RepositoryVisit } from './visit.ts';

/** The newest run of each check on a commit, in order of creation. */
export function checksOf({ repository }: RepositoryVisit, sha: string): CheckRun[] {
  const runs = [...repository.checkRuns.values()].filter((run) => run.headSha === sha);
  return runs.filter(
    (run) => runs.findLast(({ name, appId }) => name === run.name && appId === run.appId) === run,
  );
}

/** Check runs in a list, each with its sign, title and a link to its page. */
export function checkList(visit: RepositoryVisit, runs: readonly CheckRun[]): Html {
  const { world } = visit.hub;
  if (runs.length === 0) return html`<p class="empty">No checks.</p>`;
  return html`<ul class="list checks">
    ${runs.map(
      (run) =>
        html`<li>
          ${checkSign(run)}
          <a class="title" href="${pathOf(visit, `/runs/${run.id}`)}">${run.name}</a>
          <span>${run.title ?? checkState(run)}</span>
          <span class="side"
            >${checkState(run)} · by ${appById(world, run.appId).name} ·
            <code>${run.headSha.slice(0, 7)}</code>
            ${run.startedAt === null ? '' : time(world.now(), run.startedAt)}</span
          >
        </li>`,
    )}
  </ul>`;
}
