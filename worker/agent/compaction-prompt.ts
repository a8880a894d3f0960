import { element, joined, unforgeable } from './element.ts';
import type { WorkLog } from './work-log.ts';

/** After earlier turns were summarized: the task again, word for word, and what must not get lost. */
export function summaryNote(task: string, log: WorkLog): string {
  const last = log.commands.at(-1);
  return joined([
    'Earlier turns were summarized to make room. Go on where you were. The task is unchanged:',
    task,
    element('changed_files', filesNote(log)),
    last ? element('last_command', `${last.command} (${exitWords(last)})`) : '',
  ]);
}

/** The record with which a fresh conversation goes on, where the model cannot summarize the old one. */
export function handoffNote(log: WorkLog): string {
  const said = log.said.map((words) => `- ${words}`).join('\n');
  const commands = log.commands.map((run) => `$ ${run.command}\n${exitWords(run)}\n${run.tail}`);
  return joined([
    'You have worked on this task before; the conversation got too long and starts anew here. The work tree is as you left it.',
    said === '' ? '' : element('decisions', `What you said last, oldest first:\n${said}`),
    element('changed_files', filesNote(log)),
    commands.length === 0 ? '' : element('commands', commands.join('\n\n')),
    'Next: look at the changed files, finish what is missing, run the tests that cover it, then submit.',
  ]);
}

function filesNote(log: WorkLog): string {
  if (log.files.length === 0) return 'None so far.';
  return log.files.map((path) => `- ${unforgeable(path)}`).join('\n');
}

function exitWords(run: WorkLog['commands'][number]): string {
  return run.exit_code === undefined ? 'no exit code' : `exit code ${run.exit_code}`;
}
