import { closest } from 'fastest-levenshtein';
import { blocks, codeSpan, inline, table } from '../core/render/markdown.ts';
import { modelLine } from '../core/render/model-text.ts';
import { money } from '../core/render/money.ts';
import { type ConfigProblem, problemSentence } from '../core/repo-config/config-problem.ts';
import type { SavedPrompt } from '../core/repo-config/saved-prompt.ts';
import { nothingRan } from './replies.ts';
import { type ListedSchedule, schedulesTable } from './schedule-replies.ts';

/* Answers about saved prompts and about money. */

/** The answer to `/cody prompts`. */
export function promptsReply(
  prompts: readonly SavedPrompt[],
  schedules: readonly ListedSchedule[],
): string {
  const saved = table(
    ['Write', 'What it does'],
    prompts.map(({ name, description, prompt }) => [
      codeSpan(`/cody run ${name}`),
      inline(description ?? shortened(prompt)),
    ]),
  );
  const none = `No prompt is saved for this repository. ${codeSpan('prompts:')} in ${codeSpan('.github/cody.yml')} on the default branch saves one.`;
  return blocks([prompts.length === 0 ? none : saved, schedulesTable(schedules)]);
}

/** The answer to `/cody run` with a name that is not there. */
export function unknownPromptReply(name: string, names: readonly string[]): string {
  const nearest = names.length === 0 ? undefined : closest(name, [...names]);
  const hint = nearest === undefined ? '' : ` The nearest one is ${codeSpan(nearest)}.`;
  return `No prompt is saved as ${codeSpan(name)}.${hint} ${codeSpan('/cody prompts')} lists what there is. If you meant it as a prompt, write ${codeSpan(`/cody -- run ${name}`)}. ${nothingRan}`;
}

/** The answer when a file that speaks for this repository cannot be read. */
export function brokenFilesReply(
  files: readonly Readonly<{ file: string; problems: readonly ConfigProblem[] }>[],
): string {
  const lines = files.flatMap(({ file, problems }) =>
    problems.map((problem) => `- ${modelLine(problemSentence(file, problem))}`),
  );
  return blocks(['The configuration has to be corrected first:', lines.join('\n'), nothingRan]);
}

/** A counter of money and its cap, micro-USD. */
type Spent = Readonly<{ committed: number; cap: number }>;

/** The answer to `/cody usage`. */
export function usageOfMoneyReply(
  spent: Readonly<{ login: string; day: Spent; month?: Spent }>,
): string {
  const { login, day, month } = spent;
  const row = (what: string, { committed, cap }: Spent) => [
    what,
    money(committed),
    money(cap),
    money(Math.max(0, cap - committed)),
  ];
  return blocks([
    table(
      ['Since', 'Spent or reserved', 'Of', 'Left'],
      [
        row(`Today (UTC), ${inline(login)}`, day),
        ...(month ? [row('This month (UTC), this installation', month)] : []),
      ],
    ),
    'What a running job has reserved and does not spend comes back when it ends.',
  ]);
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 120 ? line : `${line.slice(0, 119).toWellFormed()}…`;
}
