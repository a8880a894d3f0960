import { type Cases, type EntryPoint, entryPoints } from './case.ts';

type Choice = Readonly<{ entry?: EntryPoint | undefined; id?: string | undefined; quick: boolean }>;

/** Of these entry points in quick mode: every so many cases. */
const step: Partial<Record<EntryPoint, number>> = {
  repository: 2,
  tools: 3,
  output: 3,
  identity: 3,
  tokens: 8,
};

/** The cases of one entry point, or the one that is named; in quick mode fewer where each takes long. */
export function chosen(cases: Cases, { entry, id, quick }: Choice): Cases {
  const kept = { ...cases } as Record<EntryPoint, { id: string }[]>;
  for (const name of entryPoints) {
    const every = quick && id === undefined ? (step[name] ?? 1) : 1;
    kept[name] = cases[name].filter(
      (one, index) =>
        (entry === undefined || entry === name) &&
        (id === undefined || one.id === id) &&
        index % every === 0,
    );
  }
  return kept as Cases;
}
