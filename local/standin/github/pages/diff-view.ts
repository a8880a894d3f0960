import { html } from 'hono/html';

import type { FileDiff } from '../git-diff.ts';
import { type DiffLine, diffLines, type Spot, spotOf } from './diff-lines.ts';
import type { Html } from './visit.ts';

/** What a page adds to a file's lines. */
export type LineExtras = Readonly<{
  /** Where a person writes a remark on the line. */
  remarkHref: (path: string, spot: Spot) => string;
  /** What stands under the line. */
  below: (path: string, line: DiffLine) => Html | undefined;
}>;

/** The changed files, each with its diff, which can be folded. */
export function diffView(files: readonly FileDiff[], extras?: LineExtras): Html {
  return html`${files.map((file) => fileView(file, extras))}`;
}

/** How much was changed, in one line. */
export function diffSummary(files: readonly FileDiff[]): Html {
  const sum = (key: 'additions' | 'deletions') =>
    files.reduce((total, file) => total + file[key], 0);
  const noun = files.length === 1 ? 'file' : 'files';
  return html`<p class="summary">
    ${files.length} changed ${noun}, ${counts(sum('additions'), sum('deletions'))}
  </p>`;
}

function counts(added: number, removed: number): Html {
  return html`<span class="plus">+${added}</span> <span class="minus">−${removed}</span>`;
}

function fileView(file: FileDiff, extras: LineExtras | undefined): Html {
  const { filename, previousFilename, patch, status } = file;
  const from = previousFilename === null ? '' : `${previousFilename} → `;
  return html`<details class="file" open id="diff-${encodeURIComponent(filename)}">
    <summary>
      <code>${from}${filename}</code>
      ${status === 'modified' ? '' : html`<span class="pill">${status}</span>`}
      <span class="side">${counts(file.additions, file.deletions)}</span>
    </summary>
    ${
      patch === null
        ? html`<p class="empty">No text to show.</p>`
        : html`<div class="scroll">
            <table class="diff">
              ${diffLines(patch).map((line) => row(filename, line, extras))}
            </table>
          </div>`
    }
  </details>`;
}

const SIGNS = { hunk: '', same: ' ', added: '+', removed: '-' } as const;

function row(path: string, line: DiffLine, extras: LineExtras | undefined): Html {
  const spot = spotOf(line);
  if (!spot)
    return html`<tr class="hunk">
      <td colspan="3"></td>
      <td>${line.text}</td>
    </tr>`;
  const below = extras?.below(path, line);
  return html`<tr class="${line.type}">
      <td class="no">${line.before ?? ''}</td>
      <td class="no">${line.after ?? ''}</td>
      <td class="no">${extras ? remarkLink(path, spot, extras) : ''}</td>
      <td class="text">${SIGNS[line.type]}${line.text}</td>
    </tr>
    ${
      below === undefined
        ? ''
        : html`<tr class="below">
            <td colspan="4">${below}</td>
          </tr>`
    }`;
}

function remarkLink(path: string, spot: Spot, extras: LineExtras): Html {
  const { side, line } = spot;
  const where = `${side === 'LEFT' ? 'old' : 'new'} line ${line} of ${path}`;
  return html`<a
    class="add"
    href="${extras.remarkHref(path, spot)}"
    aria-label="Comment on ${where}"
    >+</a
  >`;
}
