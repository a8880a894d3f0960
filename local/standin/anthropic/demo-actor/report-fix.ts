import type { ActorTurn, Conversation } from '../actor.ts';
import type { Expectation } from './expectations.ts';
import { type Call, inputText } from './read-conversation.ts';
import { type Report, submitTurn } from './submit-turn.ts';
import type { FileView, TestRun, WorkspaceView } from './workspace-view.ts';

type Finished = Readonly<{
  view: WorkspaceView;
  source: FileView;
  name: string;
  expectations: readonly Expectation[];
  /** The last test run after the last edit; null when none was possible. */
  run: TestRun | null;
}>;

/** Returns the turn that submits what was changed and what the last test run said. */
export function reportFix(conversation: Conversation, finished: Finished): ActorTurn {
  const { view, source, name, run } = finished;
  if (view.edits.length === 0) return submitTurn(conversation, withoutChange(finished));
  const isGreen = run?.exitCode === 0;
  return submitTurn(conversation, {
    title: `Fix ${name}: ${exampleOf(finished)}`,
    summary: [
      `\`${name}\` in \`${source.path}\` put durations in the wrong words.`,
      beforeText(view.firstRun),
      run === null
        ? 'The change is not verified: no command could be run.'
        : `After ${countEdits(view)} the tests ${isGreen ? 'pass' : 'still fail'} (exit code ${run.exitCode}).`,
    ].join(' '),
    changes: view.edits.map(changeText),
    verification: verificationOf(finished),
    notDone:
      isGreen || run === null ? [] : ['Making the tests pass: no rule sees a further fault.'],
    risks:
      run === null ? [`The tests were not run: ${view.shellProblem ?? 'no reason given'}`] : [],
  });
}

function withoutChange({ view, name, source, run }: Finished): Report {
  const isGreen = run?.exitCode === 0;
  const reason = isGreen
    ? 'the tests pass as they are'
    : `no rule of mine sees a fault in \`${name}\` (\`${source.path}\`)`;
  return {
    title: `No change to ${name}`,
    summary: `I changed nothing: ${reason}. ${beforeText(view.firstRun)}`.trim(),
    notDone: isGreen ? [] : [`The request: ${reason}.`],
  };
}

// Only what was really run counts as verification.
function verificationOf({ run }: Finished): Report['verification'] {
  if (run === null) return [];
  const word = run.exitCode === 0 ? 'passed' : 'failed';
  return [{ command: run.command, outcome: word, detail: `${word} (exit code ${run.exitCode})` }];
}

function exampleOf({ name, expectations }: Finished): string {
  const own = expectations.filter((expectation) => expectation.name === name);
  const example = own.find(({ text }) => /^\d+ h \d+ min$/.test(text)) ?? own[0];
  return example === undefined ? 'durations' : `${example.minutes} minutes read as ${example.text}`;
}

function beforeText(run: TestRun | null): string {
  return run === null ? '' : `Before any change the tests ended with exit code ${run.exitCode}.`;
}

function countEdits({ edits }: WorkspaceView): string {
  return edits.length === 1 ? 'one edit' : `${edits.length} edits`;
}

function changeText(edit: Call): string {
  const before = inputText(edit, 'old_string').trim();
  const after = inputText(edit, 'new_string').trim();
  return `${inputText(edit, 'file_path')}: ${code(before)} became ${code(after)}`;
}

/** Code that may hold backticks itself (CommonMark, code spans). */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
