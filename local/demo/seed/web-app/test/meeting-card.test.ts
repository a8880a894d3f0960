import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meetingCard } from '../src/components/meeting-card.ts';

test('shows title, duration and guests', () => {
  const html = meetingCard({ title: 'Planning', minutes: 20, guests: 3 });
  assert.equal(html, '<article><h2>Planning</h2><p>20 min, 3 guests</p></article>');
});
