import { html } from 'hono/html';
import type { Html } from '../html.ts';
import { highlightedLines } from '../text/highlight.ts';
import { languageOf } from '../text/languages.ts';
import { marked } from '../text/marked.ts';
import type { DiffLine, FileDiff, Hunk } from './file-diff.ts';

const signs = { same: ' ', added: '+', removed: '-' } as const;

/** How many lines were added and removed. */
export function diffCounts({ added, removed }: Pick<FileDiff, 'added' | 'removed'>): Html {
  return html`<span class="counts"
    ><span class="plus">+${added}</span> <span class="minus">−${removed}</span></span
  >`;
}

/** The changed lines of a file. It scrolls sideways by itself and can be reached with the keyboard. */
export function diffView(file: FileDiff): Html {
  const language = languageOf(file.path);
  const name = marked(file.path);
  if (file.hunks.length === 0) return html`<p class="empty">${withoutLines[file.what]}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Changes of ${name}">
    <table class="diff">
      <thead class="unseen">
        <tr>
          <th scope="col">Line before</th>
          <th scope="col">Line after</th>
          <th scope="col">Text</th>
        </tr>
      </thead>
      <tbody>
        ${file.hunks.map((hunk) => hunkRows(hunk, language))}
      </tbody>
    </table>
  </div>`;
}

const withoutLines: Readonly<Record<FileDiff['what'], string>> = {
  binary: 'This file is not text. The patch has its bytes.',
  mode: 'Only the mode of this file has changed.',
  renamed: 'Renamed without a change.',
  added: 'An empty file.',
  deleted: 'An empty file was deleted.',
  changed: 'No line has changed.',
};

function hunkRows({ place, lines }: Hunk, language: string | undefined): Html {
  const shown = highlightedHunk(lines, language);
  return html`<tr class="place">
      <td></td>
      <td></td>
      <td>${place}</td>
    </tr>
    ${lines.map(
      ({ type, before, after }, index) =>
        html`<tr class="${type}">
          <td class="no">${before ?? ''}</td>
          <td class="no">${after ?? ''}</td>
          <td class="code"><span class="sign">${signs[type]}</span>${shown[index]}</td>
        </tr>`,
    )}`;
}

/** Both sides are read as code of their own; what did not change is the same in both. */
function highlightedHunk(
  lines: readonly DiffLine[],
  language: string | undefined,
): readonly (Html | undefined)[] {
  const side = (without: DiffLine['type']) => {
    const kept = lines.filter(({ type }) => type !== without);
    const shown = highlightedLines(
      kept.map(({ text }) => text),
      language,
    );
    return new Map(kept.map((line, index) => [line, shown[index]]));
  };
  const [old, present] = [side('added'), side('removed')];
  return lines.map((line) => (line.type === 'removed' ? old : present).get(line));
}
