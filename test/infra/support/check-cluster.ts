import { z } from 'zod';
import type { Plan } from './plan.ts';
import { type PlannedStatement, roleStatements } from './statements.ts';

/** What ECS asks for in our cluster alone. */
const actions = ['ecs:RunTask', 'ecs:DescribeTasks', 'ecs:StopTask', 'ecs:ListTasks'] as const;

/**
 * Statements about tasks that would hold in other clusters too. The resource of ListTasks is a container instance, of
 * which Fargate has none: the condition is all that binds it (service authorization reference, Amazon ECS).
 */
export function clusterProblems(plan: Plan): readonly string[] {
  const clusters = plan.resources.filter(({ type }) => type === 'aws:ecs/cluster:Cluster');
  const statements = roleStatements(plan).filter(
    ({ effect, actions: allowed }) =>
      effect === 'Allow' && allowed.some((action) => action.startsWith('ecs:')),
  );
  const [cluster] = clusters;
  const { name } = z.object({ name: z.string() }).parse(cluster?.inputs);
  const open = statements.filter((statement) => !isBound(statement, name));
  const granted = new Set(statements.flatMap((statement) => statement.actions));
  return [
    ...(clusters.length === 1 ? [] : ['There is more than one cluster']),
    ...open.map((one) => `${one.owner} may do ${one.actions.join(', ')} in any cluster`),
    ...actions.filter((one) => !granted.has(one)).map((one) => `Nobody may do ${one}`),
  ];
}

function isBound({ conditions }: PlannedStatement, cluster: string): boolean {
  return conditions.some(
    ({ test, variable, values }) =>
      test === 'ArnEquals' &&
      variable === 'ecs:cluster' &&
      values.length === 1 &&
      values.every((value) => value.endsWith(`:cluster/${cluster}`)),
  );
}
