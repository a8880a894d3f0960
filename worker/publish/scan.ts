import { UserError } from '../../core/errors.ts';
import type { Redactor } from '../../core/redact.ts';
import type { Change, Changes } from '../workspace/changes.ts';
import { type AddedText, addedText } from './added-text.ts';

/** What GitHub takes in one pull request without trouble (DESIGN §6). */
const maxFiles = 3000;
const maxBytes = 40 * 1024 * 1024;

export type ScanInput = Readonly<{
  changes: Changes;
  redactor: Pick<Redactor, 'findSecrets'>;
  /** What the token may do, as GitHub answered when it was minted. */
  permissions: Readonly<Record<string, string>>;
}>;

/**
 * Looks at a change before anything of it leaves this process. Returns sentences that the pull request should
 * show. Throws `UserError` when it may not be published: `too_large`, `secret_in_patch`, `workflows_permission`,
 * or `github_rejected` for a file name that GitHub's API cannot carry.
 */
export function scanChanges(input: ScanInput): readonly string[] {
  const { changes } = input.changes;
  assertSize(changes);
  assertNames(changes);
  assertWorkflows(changes, input.permissions);
  const added = addedText(input.changes.diff);
  assertNoSecrets(input, added);
  return [...conflictNotes(added), ...skippedNotes(input.changes.skipped)];
}

function assertSize(changes: readonly Change[]): void {
  const bytes = changes.reduce((sum, change) => sum + contentOf(change).length, 0);
  if (changes.length <= maxFiles && bytes <= maxBytes) return;
  throw new UserError(
    'too_large',
    `The change has ${String(changes.length)} files and ${String(Math.ceil(bytes / 1024 / 1024))} MiB; a pull request takes 3,000 files and 40 MiB.`,
  );
}

function assertNames(changes: readonly Change[]): void {
  const odd = changes.find((change) => !change.utf8);
  if (!odd) return;
  throw new UserError(
    'github_rejected',
    `The name of the file "${odd.path}" is not UTF-8, and GitHub's API takes no other names.`,
  );
}

function assertWorkflows(
  changes: readonly Change[],
  permissions: Readonly<Record<string, string>>,
): void {
  const workflow = changes.find((change) => change.path.startsWith('.github/workflows/'));
  if (!workflow || permissions['workflows'] === 'write') return;
  throw new UserError(
    'workflows_permission',
    `The change touches ${workflow.path}, and the App does not have the workflows permission (write).`,
    { next: 'Apply the patch yourself, or grant the App the workflows permission and retry.' },
  );
}

/** Values that we hold are looked for everywhere; shapes of secrets only in what the change adds. */
function assertNoSecrets(input: ScanInput, added: readonly AddedText[]): void {
  for (const change of input.changes.changes) {
    const texts = [change.path, contentOf(change).toString('utf8')];
    const held = texts.some((text) =>
      input.redactor.findSecrets(text).some((found) => found.kind === 'registered'),
    );
    if (held) throw secretIn(change.path, 'a credential of this service');
  }
  for (const { path, text } of added) {
    const [found] = input.redactor.findSecrets(text);
    if (found) throw secretIn(path, found.kind.replaceAll(/[_-]/g, ' '));
  }
}

function secretIn(path: string, what: string): UserError {
  return new UserError(
    'secret_in_patch',
    `The change holds what looks like a secret (${what}) in ${path}.`,
  );
}

function conflictNotes(added: readonly AddedText[]): string[] {
  return added
    .filter(({ text }) => /^<{7} /m.test(text) && /^>{7} /m.test(text))
    .map(({ path }) => `\`${path}\` holds conflict markers.`);
}

function skippedNotes(skipped: readonly string[]): string[] {
  return skipped.map((path) => `\`${path}\` is a git repository of its own and was left out.`);
}

function contentOf(change: Change): Buffer {
  return change.status === 'deleted' ? Buffer.alloc(0) : change.content;
}
