import { maxSummaryBytes } from './check-run.ts';
import { blocks } from './markdown.ts';
import { truncate } from './truncate.ts';

const opened = '<!-- cody-batch:note -->';
const closed = '<!-- cody-batch:note-end -->';

/**
 * Returns the summary of a check run with a note above it, in place of the note that stood there before; at most 65,535
 * bytes of Markdown.
 */
export function notedSummary(summary: string, note: string): string {
  const end = summary.startsWith(opened) ? summary.indexOf(closed) : -1;
  const rest = end < 0 ? summary : summary.slice(end + closed.length).trimStart();
  const body = blocks([`${opened}\n${note}\n${closed}`, rest]);
  return truncate(body, { maxBytes: maxSummaryBytes, tail: '_The rest is cut here._' });
}
