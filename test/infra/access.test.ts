import { globSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { functionAccess, type Statement, workerAccess } from '../../infra/access.ts';
import { environmentOf } from '../../infra/environment.ts';
import { functionNames, type FunctionName, queues } from '../../infra/limits.ts';
import { parametersOf } from '../../infra/parameters.ts';
import { tableShape } from '../../infra/table-shape.ts';
import { root } from '../support/tool.ts';
import { keptCode } from './support/bundle.ts';
import { exampleArns as arns } from './support/example-arns.ts';

/** What IAM asks for when the SDK sends a command, or when a request is signed by hand. */
const asksFor: Readonly<Record<string, readonly string[]>> = {
  GetCommand: ['dynamodb:GetItem'],
  QueryCommand: ['dynamodb:Query'],
  TransactWriteCommand: [
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'dynamodb:DeleteItem',
    'dynamodb:ConditionCheckItem',
  ],
  // Without ListBucket a missing object can not be told from a forbidden one.
  GetObjectCommand: ['s3:GetObject', 's3:ListBucket'],
  PutObjectCommand: ['s3:PutObject'],
  SendMessageCommand: ['sqs:SendMessage'],
  ReceiveMessageCommand: ['sqs:ReceiveMessage'],
  DeleteMessageCommand: ['sqs:DeleteMessage'],
  ChangeMessageVisibilityCommand: ['sqs:ChangeMessageVisibility'],
  GetQueueAttributesCommand: ['sqs:GetQueueAttributes'],
  RunTaskCommand: ['ecs:RunTask', 'iam:PassRole'],
  DescribeTasksCommand: ['ecs:DescribeTasks'],
  ListTasksCommand: ['ecs:ListTasks'],
  StopTaskCommand: ['ecs:StopTask'],
  GetParametersCommand: ['ssm:GetParameters'],
  'AmazonSQS.SendMessage': ['sqs:SendMessage'],
  'AmazonSSM.GetParameters': ['ssm:GetParameters'],
};

/** Actions of code that stays in a bundle although the function never runs it, with the reason. */
const neverDone: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  // Starting workers comes with looking at them, which only sweep and settle do.
  ingest: ['ecs:DescribeTasks', 'ecs:ListTasks', 'ecs:StopTask'],
  dispatch: ['ecs:DescribeTasks', 'ecs:ListTasks', 'ecs:StopTask'],
  // Only the depth of a queue is read, of what a queue can do.
  web: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
  // It has no parameters: neither secrets nor a policy.
  settle: ['ssm:GetParameters'],
};

/** Actions that are done on a function's behalf, not by its code. */
const doneByAws: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  // The event source takes messages with the function's role.
  bury: [
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:ChangeMessageVisibility',
  ],
};

function actionsOf(statements: readonly Statement<string>[]): string[] {
  return [...new Set(statements.flatMap(({ actions }) => actions))].toSorted();
}

function resourcesOf(statements: readonly Statement<string>[], action = /^/): string[] {
  const named = statements
    .filter(({ actions }) => actions.some((one) => action.test(one)))
    .flatMap(({ resources }) => resources);
  return [...new Set(named)].toSorted();
}

/** What a function can name by a variable that it is given. */
const namedBy: Readonly<Record<string, readonly string[]>> = {
  CODY_TABLE: ['table', ...Object.keys(tableShape.indexes)],
  CODY_BUCKET: ['bucket', 'objects'],
  CODY_QUEUE_INGEST: ['ingest'],
  CODY_QUEUE_JOBS: ['jobs'],
};

/** A function that starts tasks names them by their definition; one that looks after them, in the cluster. */
function tasksOf(variables: readonly string[]): readonly string[] {
  if (variables.includes('CODY_CONTAINER')) return ['definition', 'worker', 'execution'];
  return variables.includes('CODY_CLUSTER') ? ['tasks', 'instances'] : [];
}

/** Named by the deployment, and not by the function's code. */
const namedForAws: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  // Its event source.
  bury: ['dead'],
  // Where Lambda puts what failed.
  settle: ['graves'],
};

/** A worker is several processes with one role. */
const workerEntries = globSync('worker/**/main.ts', { cwd: root });

let kept: ReadonlyMap<string, string>;
beforeAll(async () => {
  const functions = functionNames.map((name) => `app/lambda/${name}.ts`);
  kept = await keptCode([...functions, ...workerEntries]);
});

function actionsOfCode(entry: string): string[] {
  const code = kept.get(entry) ?? '';
  const commands = [...code.matchAll(/new (\w+Command)\d*\(/g)].map((match) => match[1] ?? '');
  const signed = [...code.matchAll(/"(Amazon\w+\.\w+)"/g)].map((match) => match[1] ?? '');
  const used = [...commands, ...signed];
  expect(used.filter((command) => asksFor[command] === undefined)).toEqual([]);
  return [...new Set(used.flatMap((command) => asksFor[command] ?? []))].toSorted();
}

describe('the role of a function', () => {
  it.each(functionNames)('allows what the code of %s does, and nothing else', (name) => {
    const unused = neverDone[name] ?? [];
    const code = actionsOfCode(`app/lambda/${name}.ts`).filter(
      (action) => !unused.includes(action),
    );
    const needed = [...new Set([...code, ...(doneByAws[name] ?? [])])].toSorted();
    expect(actionsOf(functionAccess(arns)[name])).toEqual(needed);
  });

  it.each(functionNames)('names for %s what it is told of, and nothing else', (name) => {
    const variables: readonly string[] = environmentOf[name];
    const told = [
      ...variables.flatMap((variable) => namedBy[variable] ?? []),
      ...tasksOf(variables),
      ...(namedForAws[name] ?? []),
      ...parametersOf[name],
    ];
    expect(resourcesOf(functionAccess(arns)[name])).toEqual(told.toSorted());
  });

  it.each(functionNames)('lets %s take from the queue that it handles alone', (name) => {
    const handled = Object.entries(queues).filter(([, { handler }]) => handler === name);
    const taken = resourcesOf(functionAccess(arns)[name], /^sqs:(Receive|Delete)Message$/);
    expect(taken).toEqual(handled.map(([queue]) => queue));
  });

  it('lets only those start tasks that start workers', () => {
    const access = functionAccess(arns);
    const starting = functionNames.filter((name) =>
      actionsOf(access[name]).includes('ecs:RunTask'),
    );
    expect(starting).toEqual(['ingest', 'dispatch']);
  });

  it("gives the model's key to the broker alone", () => {
    const access = functionAccess(arns);
    const readers = functionNames.filter((name) =>
      access[name].some(({ resources }) => resources.includes('ANTHROPIC_API_KEY')),
    );
    expect(readers).toEqual(['broker']);
  });
});

describe('the role of a worker', () => {
  it('allows what its code does and to ask the broker, and nothing else', () => {
    const asking = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'];
    const code = workerEntries.flatMap((entry) => actionsOfCode(entry));
    const needed = [...new Set([...code, ...asking])].toSorted();
    expect(actionsOf(workerAccess(arns, 'broker'))).toEqual(needed);
  });

  it('sends nothing to the queue whose messages count as webhooks', () => {
    expect(resourcesOf(workerAccess(arns, 'broker'), /^sqs:/)).toEqual(['jobs']);
  });

  it('stores the kinds of objects that its code puts there, and no other', () => {
    const code = workerEntries.map((entry) => kept.get(entry) ?? '').join('\n');
    const kinds = [...code.matchAll(/\bbucket\d*\.put\("(\w+)"/g)].map(([, kind]) => kind);
    const stored = [...new Set(kinds)].map((kind) => `objects/${kind}`).toSorted();
    expect(stored.length).toBeGreaterThan(0);
    expect(resourcesOf(workerAccess(arns, 'broker'), /^s3:Put/)).toEqual(stored);
  });

  it('reaches no parameter and starts nothing', () => {
    const actions = actionsOf(workerAccess(arns, 'broker'));
    expect(actions.filter((action) => /^(ssm|ecs|iam|secretsmanager|kms):/.test(action))).toEqual(
      [],
    );
  });
});
