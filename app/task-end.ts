import type { StoppedTask } from '../core/stopped-task.ts';

/** Why a task is gone, as far as it matters for its job. `reason` is what ECS said, in one line. */
export type TaskEnd = Readonly<{
  type:
    | 'out_of_memory'
    /** By SIGKILL, and nobody says why: for want of memory, perhaps. */
    | 'killed'
    /** Its host was taken away. */
    | 'interrupted'
    /** No worker can start until an operator has acted. */
    | 'image'
    | 'config'
    /** The platform failed; trying again may help. */
    | 'infrastructure'
    | 'ended';
  reason: string;
}>;

/**
 * Tells the kind of a task's end. Pure.
 * Source: Amazon ECS Developer Guide, "Stopped task error codes" and "Resolve Amazon ECS stopped task errors".
 */
export function taskEnd(task: StoppedTask): TaskEnd {
  const said = [task.stoppedReason, ...task.containers.map(({ reason }) => reason)];
  const reason = said.flatMap((text) => text ?? []).join(' ');
  return { type: kindOf(task, reason), reason: reason.replaceAll(/\s+/g, ' ').slice(0, 300) };
}

const sigkill = 137;

function kindOf({ stopCode, containers }: StoppedTask, reason: string): TaskEnd['type'] {
  if (/OutOfMemory(Error)?\b/.test(reason)) return 'out_of_memory';
  if (stopCode === 'SpotInterruption' || stopCode === 'TerminationNotice') return 'interrupted';
  if (/performing maintenance|Spot (Task|Instance)|task retirement/i.test(reason))
    return 'interrupted';
  // A task that we stop ourselves is killed as well when it does not end in time.
  const killed = containers.some(({ exitCode }) => exitCode === sigkill);
  if (killed) return stopCode === 'UserInitiated' ? 'ended' : 'killed';
  return startFailure(reason) ?? (stopCode === 'TaskFailedToStart' ? 'infrastructure' : 'ended');
}

/** Words of failures that pass: a registry or an endpoint that did not answer, a call that came too often. */
const passing =
  /time(d)? ?out|deadline exceeded|connection (reset|refused)|\bEOF\b|TLS handshake|too ?many ?requests|toomanyrequests|throttl|rate exceeded|temporar|\b50[0234]\b|service unavailable|InternalError|InsufficientFreeAddresses|Capacity is unavailable/i;

function startFailure(reason: string): TaskEnd['type'] | undefined {
  const image = /CannotPull(Container|ImageManifest)|exec format error|image Manifest does not/i;
  const config =
    /ResourceInitializationError|CannotStartContainer|CannotCreateContainer|CannotCreateVolume|CannotInspectContainer|ContainerRuntimeError|unable to assume the role/i;
  const platform = /network interface|EphemeralStorage|InternalError|Capacity is unavailable/i;
  if (image.test(reason)) return passing.test(reason) ? 'infrastructure' : 'image';
  if (config.test(reason)) return passing.test(reason) ? 'infrastructure' : 'config';
  return platform.test(reason) ? 'infrastructure' : undefined;
}
