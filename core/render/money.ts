/**
 * Returns an amount in US dollars for people, from millionths of a dollar: cents from one dollar on, four decimals
 * below, never in scientific notation.
 */
export function money(microUsd: number): string {
  const dollars = microUsd / 1_000_000;
  const digits = Math.abs(dollars) >= 1 || microUsd === 0 ? 2 : 4;
  if (microUsd > 0 && dollars < 0.0001) return 'under $0.0001';
  return `$${dollars.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })}`;
}
