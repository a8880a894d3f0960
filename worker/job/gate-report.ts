import type { GateRule } from '../../core/repo-config/gate-rule.ts';
import type { PathScope } from '../../core/repo-config/path-scope.ts';
import { createRedactor, type Redactor } from '../../core/redact.ts';
import type { GateReport } from '../agent/agent.ts';
import { findingsOf } from '../publish/findings.ts';
import { blockedFinding } from '../publish/gate/gate.ts';
import { outsideFinding } from '../publish/outside-paths.ts';
import { sizeRefusal } from '../publish/scan.ts';
import type { Changes } from '../workspace/changes.ts';

/** Characters of the diff that the model is shown before its submission counts. */
const gateDiffLength = 30_000;

type Known = Readonly<{
  /** Knows the secrets of this process; without it only their shapes are found. */
  redactor?: Pick<Redactor, 'findSecrets'>;
  /** The repository's own checks, as far as they can run here. */
  checks?: readonly string[];
  /** Folders that the patch may touch; empty for the whole repository. */
  paths?: PathScope;
  /** Rules of the publish gate that block. */
  blocks?: readonly GateRule[] | undefined;
}>;

/** What the model is shown of its own changes before its submission counts. */
export function gateReport(changes: Changes, known: Known = {}): GateReport {
  const { files, additions, deletions } = changes.stat;
  const diff = changes.diff.toString('utf8');
  const cut = diff.length > gateDiffLength ? '\n(the diff is longer and is cut here)' : '';
  return {
    empty: changes.changes.length === 0,
    stat: `${files} files changed, ${additions} lines added, ${deletions} removed`,
    diff: diff.slice(0, gateDiffLength) + cut,
    changed_lines: additions + deletions,
    checks: known.checks ?? [],
    findings: findings(changes, known),
  };
}

/** Of a change that no pull request takes, nothing else is looked at: that would take long. */
function findings(changes: Changes, known: Known): readonly string[] {
  const large = sizeRefusal(changes.changes);
  if (large !== undefined) return [`${large} Undo that where the task allows.`];
  return [
    ...outsideFinding(known.paths ?? [], changes),
    ...blockedFinding(changes, known.blocks),
    ...findingsOf(changes, known.redactor ?? createRedactor([])),
  ];
}
