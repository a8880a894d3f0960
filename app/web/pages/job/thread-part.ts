import type { ThreadEvent } from '../../../../core/thread.ts';

/** Steps that one page shows. */
export const stepsPerPage = 50;

/** A part of a thread. */
export type Place = Readonly<{
  page: number;
  pages: number;
  /** The place of the first event here, from 0. */
  from: number;
  events: readonly ThreadEvent[];
  total: number;
  /** The turn that was asked for. */
  turn: number | undefined;
}>;

type Wanted = Readonly<{ page: string | undefined; turn: string | undefined; newest: boolean }>;

/** Returns the part with the turn or page that is asked for; else the first one, or the newest. */
export function threadPart(events: readonly ThreadEvent[], wanted: Wanted): Place {
  const pages = Math.max(1, Math.ceil(events.length / stepsPerPage));
  const turn = numberOf(wanted.turn);
  const place =
    turn === undefined
      ? -1
      : events.findIndex((event) => event.type === 'turn' && event.index === turn);
  const asked = place >= 0 ? pageOf(place) : (numberOf(wanted.page) ?? (wanted.newest ? pages : 1));
  const page = Math.min(Math.max(1, asked), pages);
  const from = (page - 1) * stepsPerPage;
  const shown = events.slice(from, from + stepsPerPage);
  return { page, pages, from, events: shown, total: events.length, turn };
}

/** The page on which the event with this place (from 0) stands. */
export function pageOf(place: number): number {
  return Math.floor(place / stepsPerPage) + 1;
}

/** The name of a step in addresses: a turn has its number, whatever stands before it. */
export function eventAnchor(event: ThreadEvent, place: number): string {
  return event.type === 'turn' ? `turn-${event.index}` : `step-${place + 1}`;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
