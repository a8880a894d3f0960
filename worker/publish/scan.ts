import { UserError } from '../../core/errors.ts';
import type { Redactor } from '../../core/redact.ts';
import type { Change, Changes } from '../workspace/changes.ts';
import { type AddedText, addedText } from './added-text.ts';
import { shownPath } from './shown-path.ts';

/** What GitHub takes in one pull request without trouble (DESIGN §6). */
const maxFiles = 3000;
const maxBytes = 40 * 1024 * 1024;

export type ScanInput = Readonly<{
  changes: Changes;
  redactor: Pick<Redactor, 'findSecrets' | 'findCarried'>;
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

/**
 * Throws `UserError` `too_large` for a change that no pull request takes. To be called before anything else looks at it:
 * that would take long.
 */
export function assertSize(changes: readonly Change[]): void {
  const sentence = sizeRefusal(changes);
  if (sentence !== undefined) throw new UserError('too_large', sentence);
}

/** Returns a sentence on a change that is too large for a pull request, and undefined for any other. Pure. */
export function sizeRefusal(changes: readonly Change[]): string | undefined {
  const bytes = changes.reduce((sum, change) => sum + contentOf(change).length, 0);
  if (changes.length <= maxFiles && bytes <= maxBytes) return undefined;
  return `The change has ${String(changes.length)} files and ${String(Math.ceil(bytes / 1024 / 1024))} MiB; a pull request takes 3,000 files and 40 MiB.`;
}

function assertNames(changes: readonly Change[]): void {
  const odd = changes.find((change) => !change.utf8);
  if (!odd) return;
  throw new UserError(
    'github_rejected',
    `The name of the file ${shownPath(odd.path)} is not UTF-8, and GitHub's API takes no other names.`,
  );
}

function assertWorkflows(
  changes: readonly Change[],
  permissions: Readonly<Record<string, string>>,
): void {
  // As the gate: on a file system that ignores case, another spelling is the same folder.
  const workflow = changes.find(({ path }) => /^\.github\/workflows\//i.test(path));
  if (!workflow || permissions['workflows'] === 'write') return;
  throw new UserError(
    'workflows_permission',
    `The change touches ${shownPath(workflow.path)}, and the App does not have the workflows permission (write).`,
    { next: 'Apply the patch yourself, or grant the App the workflows permission and retry.' },
  );
}

/** Values that we hold are looked for everywhere; shapes of secrets only in what the change adds. */
function assertNoSecrets(input: ScanInput, added: readonly AddedText[]): void {
  const { changes } = input.changes;
  for (const change of changes) {
    if (ours(input, Buffer.from(change.path))) throw secretIn('the name of a file');
    if (ours(input, contentOf(change))) throw secretIn(shownPath(change.path));
    const packed = change.status === 'added' && input.redactor.findCarried(change.content);
    if (packed) throw secretIn(shownPath(change.path), packed);
  }
  const whole = new Set(changes.filter(({ status }) => status === 'added').map(({ path }) => path));
  for (const { path, text } of added) {
    const [found] = input.redactor.findSecrets(text);
    const kind =
      found?.kind ?? (whole.has(path) ? undefined : input.redactor.findCarried(Buffer.from(text)));
    if (kind) throw secretIn(shownPath(path), kind);
  }
  // What is spread over several files.
  const all = Buffer.from(added.map(({ text }) => text).join('\n'));
  if (added.length > 1 && input.redactor.findCarried(all) === 'registered')
    throw secretIn('several files');
}

function ours({ redactor }: ScanInput, bytes: Buffer): boolean {
  return (
    redactor.findSecrets(bytes.toString('utf8')).some(({ kind }) => kind === 'registered') ||
    redactor.findCarried(bytes) === 'registered'
  );
}

function secretIn(where: string, what = 'a credential of this service'): UserError {
  const kind =
    what === 'registered' ? 'a credential of this service' : what.replaceAll(/[_-]/g, ' ');
  return new UserError(
    'secret_in_patch',
    `The change holds what looks like a secret (${kind}) in ${where}.`,
  );
}

function conflictNotes(added: readonly AddedText[]): string[] {
  return added
    .filter(({ text }) => /^<{7} /m.test(text) && /^>{7} /m.test(text))
    .map(({ path }) => `${shownPath(path)} holds conflict markers.`);
}

function skippedNotes(skipped: readonly string[]): string[] {
  return skipped.map(
    (path) =>
      `${shownPath(path)} is a git repository of its own, or may not be read: changes in it were left out.`,
  );
}

function contentOf(change: Change): Buffer {
  return change.status === 'deleted' ? Buffer.alloc(0) : change.content;
}
