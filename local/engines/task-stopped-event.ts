import { randomUUID } from 'node:crypto';
import type { TaskState } from './ecs-task.ts';

/** What EventBridge delivers when a task has stopped. */
export type TaskStoppedEvent = Readonly<{
  version: '0';
  id: string;
  'detail-type': 'ECS Task State Change';
  source: 'aws.ecs';
  account: string;
  region: string;
  time: string;
  resources: readonly string[];
  detail: EventDetail;
}>;

/** The task at that moment; times are ISO 8601 in events. */
export type EventDetail = Readonly<
  Omit<TaskState, 'createdAt' | 'startedAt' | 'stoppingAt' | 'stoppedAt'> & {
    createdAt: string;
    startedAt?: string | undefined;
    stoppingAt?: string | undefined;
    stoppedAt?: string | undefined;
  }
>;

/** Returns the event for a task that has just stopped, as EventBridge would deliver it. */
export function taskStoppedEvent(state: Readonly<TaskState>): TaskStoppedEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: '000000000000',
    region: 'us-east-1',
    time: new Date().toISOString(),
    resources: [state.taskArn],
    detail: {
      ...state,
      createdAt: new Date(state.createdAt * 1000).toISOString(),
      startedAt: iso(state.startedAt),
      stoppingAt: iso(state.stoppingAt),
      stoppedAt: iso(state.stoppedAt),
    },
  };
}

function iso(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}
