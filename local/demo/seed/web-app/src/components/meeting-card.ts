import { formatDuration } from '../format/duration.ts';
import { plural } from '../format/plural.ts';

export type Meeting = { title: string; minutes: number; guests: number };

/** One meeting as a card. */
export function meetingCard(meeting: Meeting): string {
  return `<article><h2>${meeting.title}</h2><p>${formatDuration(meeting.minutes)}, ${plural(meeting.guests, 'guest')}</p></article>`;
}
