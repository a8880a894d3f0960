import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { billableMinutes, spanInWords } from '../lib/time.js';

describe('spanInWords', () => {
  it('uses minutes below an hour', () => {
    assert.strictEqual(spanInWords(45), '45 min');
  });

  it('uses hours and minutes above', () => {
    assert.strictEqual(spanInWords(90), '1 h 30 min');
    assert.strictEqual(spanInWords(200), '3 h 20 min');
  });

  it('uses hours alone when they are full', () => {
    assert.strictEqual(spanInWords(60), '1 h');
    assert.strictEqual(spanInWords(120), '2 h');
  });
});

describe('billableMinutes', () => {
  it('counts every started quarter', () => {
    assert.strictEqual(billableMinutes(1), 15);
    assert.strictEqual(billableMinutes(30), 30);
  });
});
