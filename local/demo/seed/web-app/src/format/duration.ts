/** A duration as a person reads it: "45 min", "1 h", "1 h 30 min". */
export function formatDuration(minutes: number): string {
  if (!Number.isInteger(minutes) || minutes < 0) {
    throw new RangeError('minutes must be a whole number, 0 or more');
  }
  const hours = Math.round(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} min`;
  return `${hours} h ${rest} min`;
}
