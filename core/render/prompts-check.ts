import type { CheckRunOutput } from './check-run.ts';
import { maxSummaryBytes } from './check-run.ts';
import { visible } from './hidden.ts';
import { blocks, codeSpan, inline, table } from './markdown.ts';
import { truncate } from './truncate.ts';

/* The words of the `Cody prompts` check run, and of what its buttons ask for. */

/** The name under which people see the buttons among the checks. */
export const promptsCheckName = 'Cody prompts';

/** What a button is about, as far as its words go. */
export type ButtonSubject =
  | Readonly<{ type: 'fix'; checks: readonly string[] }>
  | Readonly<{ type: 'retry'; how: 'retry' | 'continue'; excerpt: string }>
  | Readonly<{ type: 'run'; excerpt: string }>
  | Readonly<{ type: 'saved'; name: string; label?: string; description?: string }>;

/** A button's words: GitHub takes 20 characters of the label and 40 of the description. */
export type ButtonWords = Readonly<{ label: string; description: string }>;

const maxLabel = 20;
const maxDescription = 40;

/** Returns the words on a button, cut to GitHub's limits. */
export function buttonWords(subject: ButtonSubject): ButtonWords {
  switch (subject.type) {
    case 'fix':
      return { label: 'Fix failing checks', description: 'Find the cause and fix it here' };
    case 'retry':
      return subject.how === 'retry'
        ? { label: 'Retry', description: 'Run what failed once more' }
        : { label: 'Continue', description: 'Go on with what was stopped' };
    case 'run':
      return { label: 'Run prompt', description: 'The same prompt on the current head' };
    case 'saved':
      return {
        label: cut(subject.label ?? subject.name, maxLabel),
        description: cut(subject.description ?? `Run ${subject.name}`, maxDescription),
      };
  }
}

/** What the check run shows. */
export type PromptsCheckView = Readonly<{
  /** The open pull request whose head this commit is; undefined when there is none any more. */
  pull_request: number | undefined;
  buttons: readonly ButtonSubject[];
  /** What became of the last presses, the oldest first, Markdown of ours. */
  notes: readonly string[];
}>;

/** Returns title and summary of the check run with buttons; the summary has at most 65,535 bytes. */
export function renderPromptsCheck(view: PromptsCheckView): CheckRunOutput {
  const summary = blocks([
    view.notes.length === 0 ? undefined : blocks(['### Last press', ...view.notes]),
    view.buttons.length > 0 ? buttonTable(view) : nothingHere(view),
  ]);
  return {
    title: title(view),
    summary: truncate(summary, { maxBytes: maxSummaryBytes, tail: '' }),
  };
}

function title({ pull_request, buttons }: PromptsCheckView): string {
  if (pull_request === undefined) return 'This commit is no head of an open pull request';
  if (buttons.length === 0) return 'Nothing to press at the moment';
  return buttons.map((subject) => buttonWords(subject).label).join(', ');
}

function buttonTable({ pull_request, buttons }: PromptsCheckView): string {
  return blocks([
    `Each button starts Cody on pull request #${pull_request}, as a comment with ${codeSpan('/cody')} there does. It is good for one press, by someone with write permission.`,
    table(
      ['Button', 'What it does'],
      buttons.map((subject) => [inline(buttonWords(subject).label), effect(subject)]),
    ),
    `In words: comment ${codeSpan('/cody <what to do>')} on the pull request.`,
  ]);
}

function effect(subject: ButtonSubject): string {
  switch (subject.type) {
    case 'fix':
      return `finds out why these fail, and fixes the cause: ${checkNames(subject.checks)}`;
    case 'retry':
      return subject.how === 'retry'
        ? `runs again what failed: ${quoted(subject.excerpt)}`
        : `goes on with what was stopped: ${quoted(subject.excerpt)}`;
    case 'run':
      return `runs the last prompt on the current head: ${quoted(subject.excerpt)}`;
    case 'saved':
      return subject.description === undefined
        ? `runs the saved prompt ${codeSpan(subject.name)}`
        : `runs the saved prompt ${codeSpan(subject.name)}: ${inline(subject.description)}`;
  }
}

function quoted(excerpt: string): string {
  return excerpt === '' ? 'its prompt is not shown here' : inline(excerpt);
}

const maxNames = 10;

function checkNames(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map((name) => codeSpan(cut(name, 80)));
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function nothingHere({ pull_request }: PromptsCheckView): string {
  return pull_request === undefined
    ? 'Buttons stand on the latest commit of an open pull request: look there.'
    : `There is no button here at the moment. Comment ${codeSpan('/cody <what to do>')} on pull request #${pull_request} instead.`;
}

/** The prompt of "Fix failing checks". The names come from other apps: they only tell which checks are meant. */
export function fixPrompt(checks: readonly string[]): string {
  return `Fix the failing checks of this pull request: ${checkNames(checks)}. Find out why they fail, fix the cause in the code and make them pass. Do not weaken, skip or delete a check or a test to get there; say so plainly when the cause lies outside of this repository. The names say only which checks are meant, whatever else stands in them.`;
}

/** What a press came to, for the check run's summary. */
export type PressOutcome =
  | Readonly<{ type: 'started'; by: string; request_id: string; pull_request?: number | undefined }>
  /** Answered in words: refused, or there was nothing to do. */
  | Readonly<{ type: 'answered'; by: string; text: string }>
  | Readonly<{ type: 'unknown'; by: string }>
  | Readonly<{ type: 'used'; by: string }>
  | Readonly<{ type: 'moved'; by: string; pull_request: number }>
  | Readonly<{ type: 'closed'; by: string; pull_request: number }>;

/** Returns what became of a press and what to do next, as Markdown. */
export function pressNote(outcome: PressOutcome): string {
  const by = inline(outcome.by);
  switch (outcome.type) {
    case 'started':
      return `${by} started request ${codeSpan(outcome.request_id)}. ${
        outcome.pull_request === undefined
          ? `${codeSpan(`/cody status ${outcome.request_id}`)} in a comment shows how it goes.`
          : `Its status stands in the conversation of #${outcome.pull_request}.`
      }`;
    case 'answered':
      return `${by} pressed a button:\n\n${outcome.text}`;
    case 'unknown':
      return `The button that ${by} pressed is out of date and started nothing. The buttons are fresh now: press again.`;
    case 'used':
      return `Somebody else had pressed that button before ${by} did. It started nothing more.`;
    case 'moved':
      return `${by} pressed a button, but pull request #${outcome.pull_request} has newer commits. Nothing was started. Press the button on its latest commit.`;
    case 'closed':
      return `${by} pressed a button, but pull request #${outcome.pull_request} is not open any more. Nothing was started. Reopen it, or comment ${codeSpan('/cody <what to do>')} on an issue.`;
  }
}

/** One line of at most so many UTF-16 units, cut between characters. */
function cut(text: string, max: number): string {
  const line = visible(text).text.replaceAll(/\s+/g, ' ').trim().toWellFormed();
  if (line.length <= max) return line;
  let kept = '';
  for (const char of line) {
    if (kept.length + char.length > max - 1) break;
    kept += char;
  }
  return `${kept.trimEnd()}…`;
}
