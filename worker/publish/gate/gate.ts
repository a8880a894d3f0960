import { UserError } from '../../../core/errors.ts';
import { blockingRules, GateRule } from '../../../core/repo-config/gate-rule.ts';
import type { Changes } from '../../workspace/changes.ts';
import { gateFlag, gateRefusal } from '../words.ts';
import { fileRules } from './file-rules.ts';
import { type GateFile, gateFiles } from './gate-file.ts';
import { manifestRules } from './manifest-rules.ts';
import { pathRules } from './path-rules.ts';

/** A rule that a change meets, and the files that do. */
export type GateFinding = Readonly<{ rule: GateRule; paths: readonly string[] }>;

/** Returns every rule that the change meets, in the order of the rules. Pure. */
export function gateFindings(changes: Changes): readonly GateFinding[] {
  return findingsIn(gateFiles(changes));
}

/** Returns every rule that the files meet, in the order of the rules. Pure. */
export function findingsIn(files: readonly GateFile[]): readonly GateFinding[] {
  const met = new Map<GateRule, string[]>();
  for (const file of files) {
    for (const rule of rulesOf(file)) met.set(rule, [...(met.get(rule) ?? []), file.path]);
  }
  return GateRule.options.flatMap((rule) => {
    const paths = met.get(rule);
    return paths ? [{ rule, paths }] : [];
  });
}

/** Returns the rules that block. Jobs that were accepted before there were rules name none: the defaults hold. */
export function blocksOf(blocks: readonly GateRule[] | undefined): readonly GateRule[] {
  return blocks ?? blockingRules(undefined);
}

/**
 * Returns one line of Markdown for each rule that the change meets. Throws `UserError` `gate_rule` when one of them
 * blocks.
 */
export function judgeGate(changes: Changes, blocks?: readonly GateRule[]): readonly string[] {
  const findings = gateFindings(changes);
  const blocked = findings.filter(({ rule }) => blocksOf(blocks).includes(rule));
  if (blocked.length > 0) {
    throw new UserError('gate_rule', gateRefusal(blocked), {
      next: 'Review the patch and apply it yourself, or ask again without those files.',
    });
  }
  return findings.map(gateFlag);
}

/** The model's word about what keeps its change from being published, or nothing. Pure. */
export function blockedFinding(changes: Changes, blocks?: readonly GateRule[]): readonly string[] {
  const blocked = gateFindings(changes).filter(({ rule }) => blocksOf(blocks).includes(rule));
  return blocked.length === 0 ? [] : [`${gateRefusal(blocked)} Undo that where the task allows.`];
}

function rulesOf(file: GateFile): ReadonlySet<GateRule> {
  return new Set([...pathRules(file.path), ...fileRules(file), ...manifestRules(file)]);
}
