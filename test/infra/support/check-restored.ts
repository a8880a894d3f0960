import { z } from 'zod';
import { makePlan } from './plan.ts';
import { roleStatements } from './statements.ts';

const Function = z.object({
  environment: z.object({ variables: z.object({ CODY_TABLE: z.string().optional() }) }),
});

/** What is wrong when an operator names a restored table: all have to use that one, and none may be made. */
export async function restoredTableProblems(): Promise<readonly string[]> {
  const restored = 'cody-batch-production-restored-20260102';
  const plan = await makePlan('production', { CODY_DEPLOY_TABLE: restored });
  const made = plan.resources.filter(({ type }) => type === 'aws:dynamodb/table:Table');
  const tables = plan.resources
    .filter(({ type }) => type === 'aws:lambda/function:Function')
    .flatMap(({ inputs }) => Function.parse(inputs).environment.variables.CODY_TABLE ?? []);
  const named = roleStatements(plan)
    .flatMap(({ resources }) => resources)
    .filter((resource) => resource.includes(':dynamodb:'));
  return [
    ...made.map(({ name }) => `${name} is made all the same`),
    ...tables.filter((table) => table !== restored).map((table) => `A function uses ${table}`),
    ...named
      .filter((one) => !one.includes(`:table/${restored}`))
      .map((one) => `A role names ${one}`),
    ...(tables.length > 5 && named.length > 5 ? [] : ['Nothing uses it']),
  ];
}
