/** Cents as an amount: 12345 is "123.45 EUR". */
export function formatCents(cents) {
  return `${(cents / 100).toFixed(2)} EUR`;
}

/** The price of so many minutes at an hourly rate in cents, rounded to the cent. */
export function priceOf(minutes, hourlyRate) {
  return Math.round((minutes * hourlyRate) / 60);
}
