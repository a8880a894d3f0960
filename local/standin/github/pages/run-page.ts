import { html } from 'hono/html';

import type { Annotation, CheckRun } from '../check.ts';
import { notFound } from '../github-error.ts';
import { appById, atLeast, fullName } from '../world.ts';
import { checkSign, checkState } from './badge.ts';
import { repositoryLayout } from './layout.ts';
import { markdownIn } from './repository-markdown.ts';
import { time } from './time.ts';
import { type Html, pathOf, type RepositoryVisit, requirePerson } from './visit.ts';

/** A check run: its state, buttons for who may press them, texts and annotations. */
export function runPage(visit: RepositoryVisit): Html {
  const run = runOf(visit);
  const { text } = markdownIn(visit);
  return repositoryLayout(visit, {
    tab: 'checks',
    title: run.name,
    live: true,
    body: html`<div data-live id="run">
      <h2 class="thread">${checkSign(run)} ${run.name}</h2>
      <p class="state">${facts(visit, run)}</p>
      ${buttons(visit, run)} ${run.title === null ? '' : html`<h3>${run.title}</h3>`}
      ${run.summary === null ? '' : html`<div class="markdown box">${text(run.summary)}</div>`}
      ${run.text === null ? '' : html`<div class="markdown box">${text(run.text)}</div>`}
      ${run.annotations.length === 0 ? '' : annotations(run)}
    </div>`,
  });
}

function runOf(visit: RepositoryVisit): CheckRun {
  const run = visit.repository.checkRuns.get(Number(visit.param('id')));
  if (!run) throw notFound();
  return run;
}

function facts(visit: RepositoryVisit, run: CheckRun): Html {
  const { world } = visit.hub;
  const pulls = [...visit.repository.issues.values()].filter(
    ({ pull }) => pull?.headSha === run.headSha,
  );
  return html`<span class="pill">${checkState(run)}</span>
    <span>
      by ${appById(world, run.appId).name} on
      <a href="${pathOf(visit, `/commit/${run.headSha}`)}"
        ><code>${run.headSha.slice(0, 7)}</code></a
      >
      ${pulls.map(({ number }) => html`of <a href="${pathOf(visit, `/pull/${number}`)}">#${number}</a>`)}
    </span>
    ${run.completedAt === null ? '' : html`<span>ended ${time(world.now(), run.completedAt)}</span>`}
    ${run.detailsUrl === null ? '' : html`<a href="${run.detailsUrl}">Details</a>`}`;
}

/** The App's own buttons, which a finished run shows, and "Re-run"; only for people with write access. */
function buttons(visit: RepositoryVisit, run: CheckRun): Html {
  if (!visit.actor || !atLeast(visit.role, 'write')) {
    return html`<p class="hint">People with write access see this run's buttons here.</p>`;
  }
  const own = run.status === 'completed' ? run.actions : [];
  return html`<form class="actions" method="post" action="${visit.url.pathname}">
    ${own.map(
      ({ identifier, label, description }) =>
        html`<button class="primary" name="identifier" value="${identifier}" title="${description}">
          ${label}
        </button>`,
    )}
    <button name="action" value="rerun">Re-run</button>
  </form>`;
}

function annotations(run: CheckRun): Html {
  return html`<h3>Annotations</h3>
    <ul class="list">
      ${run.annotations.map(
        (one) =>
          html`<li>
            <span class="pill">${one.annotation_level}</span>
            <code>${placeOf(one)}</code>
            ${one.title === null ? '' : html`<strong>${one.title}</strong>`}
            <span>${one.message}</span>
          </li>`,
      )}
    </ul>`;
}

function placeOf({ path, start_line, end_line }: Annotation): string {
  const lines = start_line === end_line ? start_line : `${start_line}–${end_line}`;
  return `${path}:${lines}`;
}

/** Presses a button of the run; returns the path of its page. Throws 403 for who may not press. */
export async function pressRun(visit: RepositoryVisit): Promise<string> {
  const { login } = requirePerson(visit);
  const [owner = '', name = ''] = fullName(visit.hub.world, visit.repository).split('/');
  const press = { owner, name, checkRunId: runOf(visit).id, login };
  if (visit.field('action') === 'rerun') await visit.buttons.rerequest(press);
  else await visit.buttons.pressButton({ ...press, identifier: visit.field('identifier') });
  return visit.url.pathname;
}
