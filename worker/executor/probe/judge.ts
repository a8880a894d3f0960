import type { ProbeAuthor, ProbeRow } from './questions.ts';

/** What a probe's rows mean. `shell` and `job` are undefined when nothing stands against them; else a list in words. */
export type Judgement = Readonly<{
  /** What a command could do: keeps the shell off. */
  shell: string | undefined;
  /** What a file tool could do: no job may run here. */
  job: string | undefined;
  /** What set-up could reach: it gets no network. */
  setup: string | undefined;
  /** What commands see beside their own. */
  view: string | undefined;
}>;

/** Decides on rows of a probe: whatever got through closes what it came through. No answer is no proof. */
export function judge(rows: readonly ProbeRow[], asked: readonly ProbeAuthor[]): Judgement {
  const through = (by: ProbeAuthor) => {
    const answers = rows.filter((row) => row.by === by);
    if (asked.includes(by) && answers.length === 0) return 'it gave no answer';
    const found = answers.filter((row) => row.through).map((row) => row.tried);
    return found.length > 0 ? found.join(', ') : undefined;
  };
  return {
    shell: through('command'),
    job: through('tool'),
    setup: through('setup'),
    view: through('view'),
  };
}
