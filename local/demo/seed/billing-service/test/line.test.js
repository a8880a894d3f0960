import assert from 'node:assert/strict';
import { it } from 'node:test';
import { invoiceLine } from '../lib/invoice/line.js';

it('shows the billed time and its price', () => {
  assert.strictEqual(
    invoiceLine({ task: 'Review', minutes: 52, hourlyRate: 9000 }),
    'Review (1 h): 90.00 EUR',
  );
});
