import { duration } from '../../core/render/duration.ts';

/** Lines for a person at a terminal. */
export type Terminal = Readonly<{
  /** A line with the time since the start in front. */
  step: (text: string) => void;
  /** A heading between empty lines. */
  heading: (text: string) => void;
  /** Text as it is, indented by two spaces. */
  block: (text: string) => void;
  line: (text: string) => void;
}>;

/** Binds a terminal to where text goes and to a clock (ms). */
export function createTerminal(
  deps: Readonly<{ write: (text: string) => void; now: () => number }>,
): Terminal {
  const start = deps.now();
  return {
    step: (text) => deps.write(`${duration(deps.now() - start).padStart(9)}  ${text}\n`),
    heading: (text) => deps.write(`\n${text}\n${'-'.repeat(text.length)}\n\n`),
    block: (text) => deps.write(`${text.trimEnd().replaceAll(/^(?=.)/gm, '  ')}\n`),
    line: (text) => deps.write(`${text}\n`),
  };
}
