const heading = /^#{1,6}[ \t]+(.+?)[ \t#]*$/gm;
const hidden = /<!--[\s\S]*?(?:-->|$)/g;

/**
 * Returns what a summary leaves out of its repository's template: all of it when none of the template's headings stand
 * in the summary, else nothing. Comments that only writers see are taken out.
 */
export function missingTemplate(summary: string, template: string | undefined): string | undefined {
  const shown = template?.replaceAll(hidden, '').trim() ?? '';
  if (shown === '') return undefined;
  const wanted = headingsOf(shown);
  const written = new Set(headingsOf(summary));
  const filled = wanted.some((one) => written.has(one));
  return filled ? undefined : shown;
}

function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(heading)].map(([, words = '']) => words.trim().toLowerCase());
}
