/** Virtual time: things that happen later, in order. */
export type Clock = Readonly<{
  now: () => number;
  /** Runs something after so many ms. */
  after: (ms: number, run: () => Promise<void> | void) => void;
  /** Runs everything up to that time, one after the other. */
  runUntil: (time: number) => Promise<void>;
}>;

type Entry = Readonly<{ at: number; order: number; run: () => Promise<void> | void }>;

/** Starts the clock at a time (Unix ms). What is due at once runs in the order in which it was asked for. */
export function createClock(start: number): Clock {
  const heap: Entry[] = [];
  let now = start;
  let order = 0;
  return {
    now: () => now,
    after(ms, run) {
      order += 1;
      push(heap, { at: now + Math.max(0, Math.round(ms)), order, run });
    },
    async runUntil(time) {
      for (let next = heap[0]; next && next.at <= time; next = heap[0]) {
        pop(heap);
        now = next.at;
        await next.run();
      }
      now = time;
    },
  };
}

const before = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Entry[], entry: Entry): void {
  let place = heap.length;
  heap.push(entry);
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above];
    if (!parent || before(parent, entry)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let place = 0;
  for (;;) {
    const left = heap[place * 2 + 1];
    const right = heap[place * 2 + 2];
    const child = right && left && before(right, left) ? right : left;
    if (!child || !before(child, last)) break;
    heap[place] = child;
    place = child === right ? place * 2 + 2 : place * 2 + 1;
  }
  heap[place] = last;
}
