import { formatCents, priceOf } from '../money.js';
import { billableMinutes, spanInWords } from '../time.js';

/** One line of an invoice: what was done, for how long, and what it costs. */
export function invoiceLine({ task, minutes, hourlyRate }) {
  const billed = billableMinutes(minutes);
  return `${task} (${spanInWords(billed)}): ${formatCents(priceOf(billed, hourlyRate))}`;
}
