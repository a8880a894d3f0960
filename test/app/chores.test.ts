import { expect, it } from 'vitest';
import { type Chore, createChores } from '../../app/chores.ts';

type Line = Readonly<{ chore?: string; chores?: readonly string[]; page?: boolean }>;

/** Chores that note their turn, and what the log was told. */
function scene() {
  const turns: string[] = [];
  const lines: Line[] = [];
  const note = (fields: Line) => lines.push(fields);
  const log = { error: note, warn: note } as never;
  const chore = (name: string, run: Chore['run'] = () => Promise.resolve()): Chore => ({
    name,
    run: (signal) => {
      turns.push(name);
      return run(signal);
    },
  });
  return { turns, lines, chore, runChores: createChores(log) };
}

const share = 400;

it('gives each part of a sweep its turn although the first one hangs', async () => {
  const { turns, lines, chore, runChores } = scene();
  const { promise, resolve } = Promise.withResolvers<void>();
  let stopped = false;
  const hangs = chore('hangs', (signal) => {
    signal.addEventListener('abort', () => (stopped = true));
    return promise;
  });
  const chores = [hangs, chore('b'), chore('c')];
  await runChores(chores, share * chores.length);
  expect([turns, stopped]).toEqual([['hangs', 'b', 'c'], true]);
  expect(lines).toEqual([{ chores: ['hangs'] }]);
  await runChores(chores, share * chores.length);
  expect(turns).toEqual(['hangs', 'b', 'c', 'b', 'c']);
  resolve();
  await promise;
  await runChores(chores, share * chores.length);
  expect(turns).toEqual(['hangs', 'b', 'c', 'b', 'c', 'hangs', 'b', 'c']);
});

it('begins the next tick with what had no time in this one', async () => {
  const { turns, lines, chore, runChores } = scene();
  const chores = ['a', 'b', 'c'].map((name) => chore(name));
  await runChores(chores, 0);
  expect([turns, lines]).toEqual([[], [{ chores: ['a', 'b', 'c'] }]]);
  const slow = chore('b', () => new Promise<void>(() => undefined));
  await runChores([chores[0]!, slow, chores[2]!], share * 3);
  await runChores(chores, 60_000);
  expect(turns).toEqual(['a', 'b', 'c', 'a', 'c']);
});

it('goes on after a part that fails, and says which', async () => {
  const { turns, lines, chore, runChores } = scene();
  const fails = chore('fails', () => Promise.reject(new Error('out')));
  await runChores([fails, chore('b')], 60_000);
  expect(turns).toEqual(['fails', 'b']);
  expect(lines).toMatchObject([{ chore: 'fails' }]);
});

it('pages every ten ticks for a part that does not end', async () => {
  const { lines, chore, runChores } = scene();
  const { promise, resolve } = Promise.withResolvers<void>();
  const hangs = [chore('hangs', () => promise)];
  const paged = () => lines.filter(({ page }) => page === true);
  await runChores(hangs, 1);
  const ticks = async (count: number) => {
    for (let tick = 0; tick < count; tick += 1) await runChores(hangs, 60_000);
  };
  await ticks(9);
  expect(paged()).toEqual([]);
  await ticks(1);
  expect(paged()).toEqual([{ chore: 'hangs', ticks: 10, page: true }]);
  await ticks(10);
  expect(paged()).toHaveLength(2);
  resolve();
  await promise;
  await ticks(20);
  expect(paged()).toHaveLength(2);
});
