import type { GateReport } from '../agent/agent.ts';
import type { Changes } from '../workspace/changes.ts';

/** Characters of the diff that the model is shown before its submission counts. */
const gateDiffLength = 30_000;

/** What the model is shown of its own changes before its submission counts. */
export function gateReport(changes: Changes): GateReport {
  const { files, additions, deletions } = changes.stat;
  const diff = changes.diff.toString('utf8');
  const cut = diff.length > gateDiffLength ? '\n(the diff is longer and is cut here)' : '';
  return {
    empty: changes.changes.length === 0,
    stat: `${files} files changed, ${additions} lines added, ${deletions} removed`,
    diff: diff.slice(0, gateDiffLength) + cut,
    findings: changes.skipped.map(
      (path) => `${path} is a git repository of its own and is left out`,
    ),
  };
}
