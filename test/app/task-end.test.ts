import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { taskEnd } from '../../app/task-end.ts';
import { StoppedTask } from '../../core/stopped-task.ts';

type Fixture = Readonly<{ title: string; type: string; task: unknown }>;

const file = new URL('../fixtures/task-ends/ends.json', import.meta.url);
const fixtures = JSON.parse(readFileSync(file, 'utf8')) as readonly Fixture[];

describe('the end of a task', () => {
  it.each(fixtures)('is told as $type: $title', ({ type, task }) => {
    expect(taskEnd(StoppedTask.parse(task)).type).toBe(type);
  });

  it('keeps what ECS said in one line', () => {
    const end = taskEnd({
      stoppedReason: 'Essential container\n in task exited',
      containers: [{ exitCode: 137, reason: 'OutOfMemoryError: Container killed' }],
    });
    expect(end.reason).toBe(
      'Essential container in task exited OutOfMemoryError: Container killed',
    );
  });
});
