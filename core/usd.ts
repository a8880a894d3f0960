/** Micro-USD as dollars for people: two places from a cent on, four below. */
export function usd(microUsd: number): string {
  const dollars = microUsd / 1_000_000;
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 0.01 ? 4 : 2)}`;
}
