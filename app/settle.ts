import { z } from 'zod';
import { aboutJob } from '../core/about.ts';
import { sha256 } from '../core/ids.ts';
import { isActive } from '../core/job-state.ts';
import { StoppedTask } from '../core/stopped-task.ts';
import { type RecoverDeps, recoverJob } from './recover-job.ts';
import { taskEnd } from './task-end.ts';

/** What we read of "ECS Task State Change" (Amazon ECS Developer Guide, task state change events). */
const TaskEvent = z.object({
  detail: StoppedTask.extend({
    taskArn: z.string(),
    lastStatus: z.string(),
    overrides: z.object({
      containerOverrides: z.array(
        z.object({
          environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
        }),
      ),
    }),
  }),
});

/**
 * Handles a task that has stopped: when its job's attempt has not ended, the job goes on with a new one or ends. An
 * event that is malformed, or about something else, is logged and dropped, because the sweep sees the job as well.
 */
export async function settle(deps: RecoverDeps, event: unknown): Promise<void> {
  const parsed = TaskEvent.safeParse(event);
  if (!parsed.success) {
    deps.log.error('Task event malformed');
    return;
  }
  const { detail } = parsed.data;
  if (detail.lastStatus !== 'STOPPED') return;
  const environment = new Map(
    detail.overrides.containerOverrides.flatMap((container) =>
      container.environment.map(({ name, value }) => [name, value] as const),
    ),
  );
  const job = await deps.jobs.get(environment.get('CODY_JOB_ID') ?? '-');
  if (!job || !isActive(job.state)) return;
  if (String(job.attempt) !== environment.get('CODY_ATTEMPT')) return;
  if (job.task_arn !== undefined && job.task_arn !== detail.taskArn) return;
  // A number may be used again when a start found no capacity; the key never is.
  const key = environment.get('CODY_ATTEMPT_KEY');
  if (key !== undefined && sha256(key) !== job.attempt_key_sha256) return;
  const end = taskEnd(detail);
  deps.log.info({ ...aboutJob(job.id), end: end.type }, 'Task stopped before its job ended');
  await recoverJob(deps, job, { task: 'gone', end });
}
