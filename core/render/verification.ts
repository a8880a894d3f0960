import type { Job, Verification } from '../job.ts';
import { duration } from './duration.ts';
import { blocks, codeSpan, inline, table } from './markdown.ts';

/**
 * Returns what the harness itself ran after the agent, with exit codes; or why nothing was verified and what to
 * install. As Markdown without a heading.
 */
export function verificationSection(job: Job): string {
  if (job.sandbox?.shell === false) {
    return `Not verified: no command could run, because the shell was off. ${inline(job.sandbox.reason)}`;
  }
  const verification = job.verification;
  if (verification === undefined) return 'Not verified: the job ended before it.';
  return blocks([sentence(verification), commandTable(verification), detectedNote(verification)]);
}

function sentence({ status, reason }: Verification): string {
  switch (status) {
    case 'green':
      return 'All commands passed.';
    case 'red':
      return `Not all commands passed${because(reason)}.`;
    case 'could_not_run':
      return `Not verified: the commands could not run${because(reason)}.`;
    case 'none':
      return `Not verified: ${inline(reason ?? 'no verification command is known for this repository')}.`;
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${inline(reason)})`;
}

function detectedNote({ detected, commands }: Verification): string | undefined {
  if (detected !== true || commands.length === 0) return undefined;
  return 'These commands were detected; `verify:` in `.github/cody.yml` names others.';
}

function commandTable({ commands }: Verification): string | undefined {
  if (commands.length === 0) return undefined;
  return table(
    ['Command', 'Exit code', 'Time'],
    commands.map((run) => [
      codeSpan(run.command.slice(0, 300)),
      run.timed_out === true ? 'timed out' : String(run.exit_code ?? 'none'),
      duration(run.duration_ms),
    ]),
  );
}
