import { readRepository } from '../../core/command/options.ts';
import { UserError } from '../../core/errors.ts';
import { requestId, sha256 } from '../../core/ids.ts';
import type { ConfigFiles } from '../../core/repo-config/effective-settings.ts';
import {
  letsSchedulesRun,
  type StandingSchedule,
} from '../../core/repo-config/standing-schedules.ts';
import { type RepositoryRef, scheduleActor } from '../../core/request.ts';
import { admitRequest } from '../accept/admit-request.ts';
import { type Decision, decide, type PromptCommand, type TargetFacts } from '../accept/decide.ts';
import { finishRequest } from '../accept/finish-request.ts';
import { targetFacts } from '../accept/gather-facts.ts';
import type { Order } from '../accept/order.ts';
import type { Problem } from '../accept/problem.ts';
import { commandOf, promptsOf } from '../accept/saved-command.ts';
import { appFailure } from '../installations.ts';
import { problemSentence } from '../refusal-replies.ts';
import { scheduleNotes } from '../schedule-replies.ts';
import { busyNote } from './busy-note.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

/** A schedule whose time (`at`, Unix ms) has come, with the files as they are now. */
export type Scheduled = Readonly<{
  installation_id: number;
  repository: RepositoryRef;
  files: ConfigFiles;
  schedule: StandingSchedule;
  at: number;
  /** True when too much time has passed to start it now. */
  late?: true;
  /** The request of its latest run. */
  latest: string | undefined;
}>;

/** What became of a schedule's time: a request, or a reason why not. */
export type ScheduledRun =
  Readonly<{ type: 'started'; request_id: string }> | Readonly<{ type: 'passed'; note?: string }>;

/**
 * Makes one time of a schedule a request, or passes it over; either is decided once, however often and by however many
 * it is tried. Throws TransientError when GitHub, the bucket or the table is out.
 */
export async function startScheduled(deps: ScheduleDeps, due: Scheduled): Promise<ScheduledRun> {
  const command = commandFor(due);
  const order = orderFor(deps, due, command);
  const log = deps.log.child({ command: order.key, request: order.request_id });
  const bound = { ...deps, log };
  const known = await decidedBefore(bound, order);
  if (known) return known;
  const missed = due.late ? scheduleNotes.missed : undefined;
  const note =
    missed ?? (await reasonToPass(bound, due, command)) ?? (await admit(bound, order, due));
  if (note === undefined) {
    await finishRequest(bound, order);
    log.info('A schedule has started');
    return { type: 'started', request_id: order.request_id };
  }
  const mine = await deps.requests.remember({
    type: 'command',
    semantic_key: order.key,
    payload_sha256: order.payload_sha256,
    disposition: 'ignored',
  });
  log.info('A time of a schedule was passed over');
  const passed = { type: 'passed', note } as const;
  return mine ? passed : ((await decidedBefore(bound, order)) ?? passed);
}

async function decidedBefore(deps: ScheduleDeps, order: Order): Promise<ScheduledRun | undefined> {
  const known = await deps.requests.command(order.key);
  if (!known) return undefined;
  if (known.disposition !== 'request') return { type: 'passed' };
  await finishRequest(deps, order);
  return { type: 'started', request_id: order.request_id };
}

function commandFor({ files, schedule: { name, prompt, set } }: Scheduled): PromptCommand {
  const saved = promptsOf(files);
  const command = commandOf(saved.find((one) => one.name === prompt) ?? { name, prompt });
  return set ? { ...command, set: name } : command;
}

function orderFor(deps: ScheduleDeps, due: Scheduled, command: PromptCommand): Order {
  const { installation_id, repository, schedule, at } = due;
  const key = `schedule:${String(repository.id)}:${schedule.name}:${String(at)}`;
  return {
    key,
    request_id: requestId(key),
    payload_sha256: sha256(key),
    source: {
      type: 'schedule',
      installation_id,
      repository,
      url: `${deps.serverUrl}/${repository.owner}/${repository.name}`,
      name: schedule.name,
      due_at: at,
      ...(schedule.set ? { set: true } : {}),
    },
    requester: scheduleActor,
    written_at: at,
    parsed: { type: 'command', command },
    context: {},
  };
}

async function reasonToPass(
  deps: ScheduleDeps,
  { files, schedule, latest }: Scheduled,
  command: PromptCommand,
): Promise<string | undefined> {
  if (!letsSchedulesRun(files, schedule.set !== undefined)) return scheduleNotes.closed;
  if (command.plan) return scheduleNotes.plan;
  return busyNote(deps, latest);
}

/** Returns why nothing runs; undefined once the request is stored. */
async function admit(
  deps: ScheduleDeps,
  order: Order,
  due: Scheduled,
): Promise<string | undefined> {
  const command = commandFor(due);
  try {
    const targets = await targetsOf(deps, due);
    const { decision, leftOut } = decideScheduled(deps, { due, command, targets });
    if (leftOut.length > 0)
      deps.log.info({ problems: leftOut.map(({ type }) => type) }, 'A schedule leaves some out');
    if (decision.type === 'refuse')
      return scheduleNotes.refused(decision.problems.map(problemSentence).join(' '));
    await admitRequest(deps, { order, command, plan: decision.plan });
    return undefined;
  } catch (error) {
    const failure = appFailure(error);
    if (failure instanceof UserError) return scheduleNotes.refused(failure.message);
    throw failure;
  }
}

/** A repository's own schedule runs there only, and a set in repositories of its account. */
async function targetsOf(deps: ScheduleDeps, due: Scheduled): Promise<readonly TargetFacts[]> {
  const { repository: here, schedule } = due;
  const wanted = schedule.set?.flatMap((one) => readRepository(one) ?? []) ?? [here];
  const targets = await Promise.all(
    wanted.map(({ owner, name }) =>
      targetFacts(deps, { owner, name, base: undefined, requester: undefined }),
    ),
  );
  return targets.map((target) => {
    const found = target.found?.resolved.repository;
    const meant = schedule.set
      ? found?.owner.toLowerCase() === here.owner.toLowerCase()
      : found?.id === here.id;
    return meant ? target : { ...target, found: undefined };
  });
}

type Gathered = Readonly<{
  due: Scheduled;
  command: PromptCommand;
  targets: readonly TargetFacts[];
}>;

/** Nobody is there to correct a set: the repositories of it that can't be worked on are left out. Pure. */
function decideScheduled(
  { policy }: Pick<ScheduleDeps, 'policy'>,
  { due, command, targets }: Gathered,
): Readonly<{ decision: Decision; leftOut: readonly Problem[] }> {
  const source = { repository: due.repository, permission: 'write' as const };
  const facts = { command, source, policy };
  const alone = targets.map((target) => decide({ ...facts, targets: [target] }));
  const problems = alone.flatMap((one) => (one.type === 'refuse' ? one.problems : []));
  const open = targets.filter((_, index) => alone[index]?.type === 'admit');
  if (open.length === 0) return { decision: { type: 'refuse', problems }, leftOut: [] };
  return { decision: decide({ ...facts, targets: open }), leftOut: problems };
}
