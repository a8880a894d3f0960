import { blocks } from './markdown.ts';

const open = '<!-- cody-batch:flags -->';
const close = '<!-- /cody-batch:flags -->';
const heading = '### Look at this first';

/**
 * Returns the part of a pull request's body that says what a reviewer has to look at first, a line of Markdown each,
 * between marks that people do not see. Without a line it is the marks alone: they keep the place.
 */
export function flagsRegion(flags: readonly string[]): string {
  const lines = flags.map((flag) => `- ${flag}`).join('\n');
  return blocks([open, flags.length === 0 ? undefined : heading, lines, close]);
}

/**
 * Returns the body with that part as it is now, and all else as people left it. Where it does not stand at the top, it
 * is put there. Our own mark of the job, if the body begins with it, stays before it.
 */
export function withFlags(body: string, flags: readonly string[]): string {
  const region = flagsRegion(flags);
  const place = placeOf(body);
  if (!place) return flags.length === 0 ? body : inserted(body, region);
  const [before, after] = [body.slice(0, place.from), body.slice(place.to)];
  if (body.slice(place.from, place.to).replaceAll('\r\n', '\n') === region) return body;
  return `${before}${region}${after}`;
}

/** Returns the lines that the body's part shows now. */
export function shownFlags(body: string): readonly string[] {
  const place = placeOf(body);
  if (!place) return [];
  const lines = body.slice(place.from, place.to).split(/\r?\n/);
  return lines.filter((line) => line.startsWith('- ')).map((line) => line.slice(2));
}

/** Our own mark of the job, then the note on the model, which the operator wrote. */
const top = /^(?:<!-- cody-batch:job:[\w-]+ -->\s*)?(?:_[^\n]*_\s*)?(?=<!-- cody-batch:flags -->)/;

/** Marks are ours at the top only: what stands above them is ours too, and what a model wrote stands below. */
function placeOf(body: string): Readonly<{ from: number; to: number }> | undefined {
  const from = top.exec(body)?.[0].length;
  const end = from === undefined ? -1 : body.indexOf(`\n${close}`, from);
  return from === undefined || end < 0 ? undefined : { from, to: end + 1 + close.length };
}

function inserted(body: string, region: string): string {
  const mark = /^<!-- cody-batch:job:[\w-]+ -->(?:\r?\n)*/.exec(body)?.[0] ?? '';
  return blocks([mark.trim(), region, body.slice(mark.length)]);
}
