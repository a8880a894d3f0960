/** SQS may lose nothing that it took, but whoever sends may end before: the sweep has to do without these. */
const hints = [' report', ' job', ' wake'];

/** Whether a message, by the name of its call, is one that the sweep can do without. */
export function isHint({ name }: Readonly<{ name: string }>): boolean {
  return hints.some((hint) => name.endsWith(hint));
}
