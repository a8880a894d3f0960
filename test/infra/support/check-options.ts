import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployProblems, tagsAskFor } from './deploy-role.ts';
import { makePlan, type Plan } from './plan.ts';
import { platform } from './sst-install.ts';

/**
 * What is wrong for the role that deploys when an operator sets a domain and an address for alarms, which add resources
 * that no plan under review has.
 */
export async function optionProblems(): Promise<readonly string[]> {
  const plan = await makePlan('production', {
    CODY_ALARM_EMAIL: 'someone@example.com',
    CODY_DOMAIN: 'cody.example.com',
  });
  const types = new Set(plan.resources.map(({ type }) => type));
  const added = ['aws:acm/certificate:Certificate', 'aws:sns/topicSubscription:TopicSubscription'];
  return [
    ...added.filter((type) => !types.has(type)).map((type) => `${type} is not made`),
    ...deployProblems(plan.resources),
    ...tagProblems(plan),
  ];
}

/** Every type that the provider gives the tags of the stage has to be known to ask for that. */
function tagProblems({ resources }: Plan): readonly string[] {
  const types = new Set(
    resources.map(({ type }) => type).filter((type) => type.startsWith('aws:')),
  );
  return [...types].flatMap((type) => {
    const key = type.slice('aws:'.length);
    const file = join(platform, 'node_modules/@pulumi/aws', `${key.split(':')[0]}.d.ts`);
    if (!existsSync(file)) return [`The provider has no types for ${type}`];
    const takes = readFileSync(file, 'utf8').includes('tagsAll');
    return takes === key in tagsAskFor ? [] : [`${type} ${takes ? 'takes' : 'takes no'} tags`];
  });
}
