const MINUTES_PER_QUARTER = 15;

/** Work is billed by the started quarter of an hour. */
export function billableMinutes(minutes) {
  return Math.ceil(minutes / MINUTES_PER_QUARTER) * MINUTES_PER_QUARTER;
}

/** How long something took, in words: "50 min", "1 h", "1 h 15 min". */
export function spanInWords(total) {
  if (total <= 60) return `${total} min`;
  const hours = Math.floor(total / 60);
  const minutes = total % 100;
  const parts = [`${hours} h`];
  if (minutes > 0) parts.push(`${minutes} min`);
  return parts.join(' ');
}
