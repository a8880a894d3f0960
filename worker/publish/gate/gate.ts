import { UserError } from '../../../core/errors.ts';
import { blockingRules, GateRule } from '../../../core/repo-config/gate-rule.ts';
import { visible } from '../../../core/render/hidden.ts';
import type { Change, Changes } from '../../workspace/changes.ts';
import { type ChangedLines, changedLines } from '../changed-lines.ts';
import { gateFlag, gateRefusal } from '../words.ts';
import { fileRules } from './file-rules.ts';
import { installsMore, isPackageFile } from './install-scripts.ts';
import { pathRules } from './path-rules.ts';
import { textBefore } from './text-before.ts';

/** A rule that a change meets, and the files that do. */
export type GateFinding = Readonly<{ rule: GateRule; paths: readonly string[] }>;

/** Returns every rule that the change meets, in the order of the rules. Pure. */
export function gateFindings({ changes, diff }: Changes): readonly GateFinding[] {
  const lines = new Map(changedLines(diff).map((file) => [file.path, file]));
  const met = new Map<GateRule, string[]>();
  for (const change of changes) {
    for (const rule of rulesOf(change, lines.get(change.path)))
      met.set(rule, [...(met.get(rule) ?? []), change.path]);
  }
  return GateRule.options.flatMap((rule) => {
    const paths = met.get(rule);
    return paths ? [{ rule, paths }] : [];
  });
}

/**
 * Returns one line of Markdown for each rule that the change meets. Throws `UserError` `gate_rule` when one of them
 * blocks. `blocks` is undefined for jobs that were accepted before there were rules.
 */
export function judgeGate(
  changes: Changes,
  blocks: readonly GateRule[] = blockingRules(undefined),
): readonly string[] {
  const findings = gateFindings(changes);
  const blocked = findings.filter(({ rule }) => blocks.includes(rule));
  if (blocked.length > 0) {
    throw new UserError('gate_rule', gateRefusal(blocked), {
      next: 'Review the patch and apply it yourself, or ask again without those files.',
    });
  }
  return findings.map(gateFlag);
}

/** The model's word about what keeps its change from being published, or nothing. Pure. */
export function blockedFinding(
  changes: Changes,
  blocks: readonly GateRule[] = blockingRules(undefined),
): readonly string[] {
  const blocked = gateFindings(changes).filter(({ rule }) => blocks.includes(rule));
  return blocked.length === 0 ? [] : [`${gateRefusal(blocked)} Undo that where the task allows.`];
}

function rulesOf(change: Change, lines: ChangedLines | undefined): ReadonlySet<GateRule> {
  return new Set([
    ...pathRules(change.path),
    ...fileRules(change),
    ...(runsAtInstall(change, lines) ? (['install_script'] as const) : []),
    ...(lines && hidesText(lines) ? (['hidden_characters'] as const) : []),
  ]);
}

function runsAtInstall(change: Change, lines: ChangedLines | undefined): boolean {
  if (change.status === 'deleted' || !isPackageFile(change.path)) return false;
  const now = change.content.toString('utf8');
  const before = change.status === 'added' || !lines ? undefined : textBefore(now, lines.hunks);
  return installsMore(before, now);
}

/** Characters that a reviewer does not see. A line may end in CR, and a file begin with a byte order mark. */
function hidesText({ added }: ChangedLines): boolean {
  return added.some((line) => visible(line.replace(/^\uFEFF/, '').replace(/\r$/, '')).removed > 0);
}
