import { html } from 'hono/html';
import { target } from '../../../../core/render/job-words.ts';
import { findSeenJob } from '../../api/see-request.ts';
import { notFound } from '../../problem.ts';
import type { Html } from '../html.ts';
import type { PageDeps } from '../page-deps.ts';
import { marked } from '../text/marked.ts';
import type { Page, Visit } from '../visit.ts';
import { diffCounts, diffView } from './diff-view.ts';
import { type FileDiff, readPatch } from './file-diff.ts';
import { jobHead } from './job-head.ts';

/** Lines that one page shows; further files are shown one at a time. */
const mostLines = 3_000;
/** A file with more lines is cut: the patch has all of it. */
const mostOfFile = 5_000;

/** What a job changed, file by file. */
export async function changesPage(deps: PageDeps, visit: Visit): Promise<Page> {
  const job = await findSeenJob(deps, visit.viewer, visit.param('id'));
  if (!job.patch) throw notFound();
  const patch = (await deps.accept.bucket.get(job.patch)).toString('utf8');
  const files = readPatch(patch);
  const only = Number(visit.query('file') ?? Number.NaN);
  return {
    title: `Changes in ${target(job)}`,
    section: 'board',
    body: html`${jobHead(job, 'changes')}
    ${files ? changes(files, files[only] ? only : undefined) : plainPatch(patch)}`,
  };
}

function changes(files: readonly FileDiff[], only: number | undefined): Html {
  const sum = (key: 'added' | 'removed') => files.reduce((total, file) => total + file[key], 0);
  const shown = only === undefined ? firstOf(files) : new Set([only]);
  return html`<p class="line">
      ${files.length} changed ${files.length === 1 ? 'file' : 'files'}
      ${diffCounts({ added: sum('added'), removed: sum('removed') })}
      ${only === undefined ? '' : html`<a href="?">Show all files</a>`}
    </p>
    ${files.length > 1 ? fileList(files, shown) : ''}
    ${files.map((file, index) => (shown.has(index) ? fileView(file, index) : ''))}`;
}

function fileList(files: readonly FileDiff[], shown: ReadonlySet<number>): Html {
  return html`<nav class="files" aria-label="Changed files">
    <ol>
      ${files.map((file, index) => fileLink(file, { index, isShown: shown.has(index) }))}
    </ol>
  </nav>`;
}

type Place = Readonly<{ index: number; isShown: boolean }>;

function fileLink(file: FileDiff, { index, isShown }: Place): Html {
  return html`<li>
    <a href="${isShown ? '' : `?file=${index}`}#file-${index}">${marked(file.path)}</a>
    <span class="detail">${file.what === 'changed' ? '' : file.what}</span> ${diffCounts(file)}
  </li>`;
}

function fileView(file: FileDiff, index: number): Html {
  const cut = cutFile(file);
  return html`<details class="file" open id="file-${index}">
    <summary>
      <h2>${file.from === undefined ? '' : html`${marked(file.from)} → `}${marked(file.path)}</h2>
      ${file.what === 'changed' ? '' : html`<span class="badge quiet">${file.what}</span>`}
      ${diffCounts(file)}
    </summary>
    ${diffView(cut)}
    ${cut === file ? '' : html`<p class="empty">This file is cut here. The patch has all of it.</p>`}
  </details>`;
}

/** The files from the first on that fit on one page together; one at least. */
function firstOf(files: readonly FileDiff[]): ReadonlySet<number> {
  const shown = new Set<number>();
  let lines = 0;
  for (const [index, file] of files.entries()) {
    lines += Math.min(mostOfFile, linesOf(file));
    if (index > 0 && lines > mostLines) continue;
    shown.add(index);
  }
  return shown;
}

function cutFile(file: FileDiff): FileDiff {
  if (linesOf(file) <= mostOfFile) return file;
  let left = mostOfFile;
  const hunks = file.hunks.flatMap((hunk) => {
    const lines = hunk.lines.slice(0, Math.max(0, left));
    left -= lines.length;
    return lines.length === 0 ? [] : [{ ...hunk, lines }];
  });
  return { ...file, hunks };
}

function linesOf({ hunks }: FileDiff): number {
  return hunks.reduce((sum, { lines }) => sum + lines.length, 0);
}

function plainPatch(patch: string): Html {
  return html`<p class="hint">This patch is shown as it is, because it cannot be read by files.</p>
    <pre class="panel" tabindex="0">${marked(patch.slice(0, 200_000))}</pre>`;
}
