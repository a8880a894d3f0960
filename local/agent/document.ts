import type { Report } from './report.ts';

/** The one JSON document of `--json`; money in micro-USD, `patch` the path of the file or null. */
export function agentDocument({ record, result, delivery, totals }: Report) {
  const { changes, submission, verification } = result;
  return {
    id: record.id,
    outcome: result.state,
    cause: result.cause.code,
    model: record.model,
    turns: totals.turns,
    usage: totals.usage,
    cost_micro_usd: totals.cost_micro_usd,
    budget_micro_usd: record.budget_micro_usd,
    files: (changes?.changes ?? []).map(({ path, status }) => ({ path, status })),
    verification: {
      status: verification.status,
      reason: verification.reason ?? null,
      commands: verification.commands.map(({ command, exit_code, duration_ms }) => ({
        command,
        exit_code,
        duration_ms,
      })),
    },
    submission: submission ?? null,
    plan: record.plan ? (submission?.summary ?? null) : null,
    patch: delivery.path ?? null,
    applied: delivery.applied,
  };
}
