/** What can't be seen may begin with these, and end behind a cut. */
const openings = ['<', '!['];

/**
 * Returns at most `length` UTF-16 units of the Markdown. What begins before the cut and ends behind it, such as an HTML
 * comment, is dropped: without its end it would be shown as text that nobody sees on GitHub. Pure.
 */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = beforeComment(text.slice(0, length).toWellFormed());
  const openedAt = openings
    .map((opening) => kept.lastIndexOf(opening))
    .filter((at) => at >= 0 && isOpen(kept.slice(at)));
  const lineAt = kept.lastIndexOf('\n') + 1;
  // A definition, which only a reference makes visible.
  if (/^[ >]{0,20}\[[^\]]*\]:/.test(kept.slice(lineAt))) openedAt.push(lineAt);
  return kept.slice(0, Math.min(kept.length, ...openedAt));
}

function beforeComment(text: string): string {
  const at = text.lastIndexOf('<!--');
  return at > text.lastIndexOf('-->') ? text.slice(0, at) : text;
}

/** True for the beginning of a tag or an image that did not end; neither goes beyond its paragraph. */
function isOpen(rest: string): boolean {
  if (/\n[ \t]*\n/.test(rest)) return false;
  return rest.startsWith('<')
    ? /^<[a-z!?/][^>]*$/i.test(rest)
    : !/^!\[[^\]]*\][[(].*[\])]/s.test(rest);
}
