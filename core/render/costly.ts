/**
 * True for text that would take the parser seconds or a deep stack: in one paragraph it compares emphasis marks and
 * brackets with each other. Nobody writes thousands of them for people.
 */
export function isCostly(text: string): boolean {
  if (/^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){20}/m.test(text)) return true;
  return text
    .split(/\n[ \t]*\n/)
    .some(
      (paragraph) =>
        (paragraph.match(/[*_]+/g)?.length ?? 0) > 1000 ||
        (paragraph.match(/[[\]]/g)?.length ?? 0) > 1000,
    );
}
