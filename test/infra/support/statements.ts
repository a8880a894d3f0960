import { z } from 'zod';
import type { Plan } from './plan.ts';

/** One statement of a policy that a role, queue or bucket gets. */
export type PlannedStatement = Readonly<{
  owner: string;
  effect: string;
  actions: readonly string[];
  resources: readonly string[];
  conditions: readonly Readonly<{ test: string; variable: string; values: readonly string[] }>[];
}>;

const Policy = z.object({
  Statement: z.array(
    z.object({
      effect: z.string().default('Allow'),
      actions: z.array(z.string()),
      resources: z.array(z.string()).default([]),
      conditions: z
        .array(z.object({ test: z.string(), variable: z.string(), values: z.array(z.string()) }))
        .default([]),
    }),
  ),
});

const Role = z.object({
  inlinePolicies: z.array(z.object({ policy: Policy })).default([]),
  managedPolicyArns: z.array(z.string()).default([]),
});

/** All statements of all roles. Throws when a role has a policy that was not written here. */
export function roleStatements(plan: Plan): readonly PlannedStatement[] {
  return plan.resources
    .filter(({ type }) => type === 'aws:iam/role:Role')
    .flatMap(({ name, inputs }) => {
      const { inlinePolicies, managedPolicyArns } = Role.parse(inputs);
      if (managedPolicyArns.length > 0) throw new Error(`${name} has a policy of AWS`);
      return inlinePolicies.flatMap(({ policy }) => statementsOf(name, policy));
    });
}

/** The statements of a resource policy. */
export function statementsOf(owner: string, policy: unknown): readonly PlannedStatement[] {
  return Policy.parse(policy).Statement.map((statement) => ({ owner, ...statement }));
}

/** The one action that has no narrower resource (ECR, service authorization reference). */
const withoutResources = 'ecr:GetAuthorizationToken';

/**
 * What a statement leaves open: a star in an action, or in a resource anywhere but behind a name of ours, where it
 * means objects of our bucket, streams of our log, tasks of our cluster or revisions of our task definition.
 */
export function wildcards({ effect, actions, resources }: PlannedStatement): readonly string[] {
  if (effect !== 'Allow') return [];
  const open = resources.filter(
    (resource) =>
      resource.includes('*') &&
      !/^arn:[^*]*cody-batch-[^*]+[/:]\*$|^arn:[^*]*\/cody-batch\/[^*]+:\*$/.test(resource),
  );
  const known = actions.length === 1 && actions[0] === withoutResources;
  return [...actions.filter((action) => action.includes('*')), ...(known ? [] : open)];
}
