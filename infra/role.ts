import type { Statement } from './access.ts';
import { stage } from './stage.ts';

type Options = Readonly<{
  /** Who may take the role. */
  service: string;
  statements: readonly Statement<$util.Input<string>>[];
  /** Where another role has to name it before it exists. Default: the name behind those of the App and the stage. */
  physicalName?: string;
}>;

/**
 * Makes a role for a service with exactly these statements. They are part of the role, so that nothing that needs them
 * is made before them.
 */
export function createRole(name: string, options: Options): aws.iam.Role {
  const { service, statements, physicalName } = options;
  return new aws.iam.Role(name, {
    // By this name a role that deploys one stage can make its roles and no other's (infra/deploy-role).
    name: physicalName ?? `${$app.name}-${stage.name}-${name}`,
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
      statements: [
        { actions: ['sts:AssumeRole'], principals: [{ type: 'Service', identifiers: [service] }] },
      ],
    }).json,
    inlinePolicies: [
      {
        name: 'access',
        policy: aws.iam.getPolicyDocumentOutput({
          statements: statements.map(({ actions, resources, conditions = [] }) => ({
            actions: [...actions],
            resources: [...resources],
            conditions: conditions.map((condition) => ({
              ...condition,
              values: [...condition.values],
            })),
          })),
        }).json,
      },
    ],
  });
}
