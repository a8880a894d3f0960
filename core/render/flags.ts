import { blocks } from './markdown.ts';

const open = '<!-- cody-batch:flags -->';
const close = '<!-- /cody-batch:flags -->';
const heading = '### Look at this first';

/**
 * Returns the part of a pull request's body that says what a reviewer has to look at first, a line of Markdown each,
 * between marks that people do not see; undefined when there is nothing.
 */
export function flagsRegion(flags: readonly string[]): string | undefined {
  if (flags.length === 0) return undefined;
  return blocks([open, heading, flags.map((flag) => `- ${flag}`).join('\n'), close]);
}

/**
 * Returns the body with that part as it is now, and all else as people left it. Where the marks are missing it stands
 * at the top. Our own mark of the job, if the body begins with it, stays before it.
 */
export function withFlags(body: string, flags: readonly string[]): string {
  const region = flagsRegion(flags);
  const place = placeOf(body);
  if (!place) return region === undefined ? body : inserted(body, region);
  const [before, after] = [body.slice(0, place.from), body.slice(place.to)];
  if (body.slice(place.from, place.to).replaceAll('\r\n', '\n') === region) return body;
  return region === undefined
    ? `${before}${after.replace(/^\r?\n\r?\n/, '')}`
    : `${before}${region}${after}`;
}

/** Returns the lines that the body's part shows now. */
export function shownFlags(body: string): readonly string[] {
  const place = placeOf(body);
  if (!place) return [];
  const lines = body.slice(place.from, place.to).split(/\r?\n/);
  return lines.filter((line) => line.startsWith('- ')).map((line) => line.slice(2));
}

/** The first marks are ours: what a model writes stands below them. */
function placeOf(body: string): Readonly<{ from: number; to: number }> | undefined {
  const from = body.indexOf(open);
  const end = from < 0 ? -1 : body.indexOf(close, from);
  return end < 0 ? undefined : { from, to: end + close.length };
}

function inserted(body: string, region: string): string {
  const mark = /^<!-- cody-batch:job:[\w-]+ -->(?:\r?\n)*/.exec(body)?.[0] ?? '';
  return blocks([mark.trim(), region, body.slice(mark.length)]);
}
