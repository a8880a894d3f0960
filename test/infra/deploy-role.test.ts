import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../support/tool.ts';
import { account, region } from './support/plan-place.ts';

/*
 * The role that deploys, against the plan: everything in it can be made and removed, and what bears another name can
 * not be touched. No account has said so yet.
 */

const many = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const Document = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    z.strictObject({
      Sid: z.string().regex(/^[A-Za-z0-9]+$/),
      Effect: z.literal('Allow'),
      Action: many,
      Resource: many,
      Condition: z.record(z.string(), z.record(z.string(), many)).optional(),
    }),
  ),
});

const Trust = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.tuple([
    z.strictObject({
      Effect: z.literal('Allow'),
      Principal: z.strictObject({ Federated: z.string() }),
      Action: z.literal('sts:AssumeRoleWithWebIdentity'),
      Condition: z.strictObject({ StringEquals: z.record(z.string(), z.string()) }),
    }),
  ]),
});

const filled = (name: string) =>
  readFileSync(join(root, 'infra', 'deploy-role', `${name}.json`), 'utf8')
    .replaceAll('ACCOUNT', account)
    .replaceAll('REGION', region)
    .replaceAll('STAGE', 'production')
    .replaceAll('SUBJECT', 'repo:acme@1/cody@2');

const statements = Document.parse(JSON.parse(filled('permissions'))).Statement;

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

function allowed(action: string, resource: string, context: Record<string, string> = {}): boolean {
  const known: Record<string, string> = { 'aws:RequestedRegion': region, ...context };
  return statements.some(
    ({ Action, Resource, Condition = {} }) =>
      Action.some((one) => matches(one, action)) &&
      Resource.some((one) => matches(one, resource)) &&
      Object.values(Condition).every((keys) =>
        Object.entries(keys).every(([key, values]) => values.includes(known[key] ?? '')),
      ),
  );
}

const plan = readFileSync(join(root, 'infra/plans/production.txt'), 'utf8')
  .split(/\n\n/)
  .flatMap((paragraph) => {
    const [head = '', ...body] = paragraph.trimEnd().split('\n');
    const [type = '', name = ''] = head.split(' ');
    return type.startsWith('aws:') ? [{ type, name, inputs: Object(parse(body.join('\n'))) }] : [];
  });

type Made = Readonly<{ actions: readonly string[]; arn: (physical: string) => string }>;

const at = (service: string, path: string) => (physical: string) =>
  `arn:aws:${service}:${region}:${account}:${path}${physical}`;
const anywhere = () => '*';
const inS3 = (physical: string) => `arn:aws:s3:::${physical}`;
const ec2 = (...actions: string[]): Made => ({ actions, arn: anywhere });
const inAccount = (path: string) => (physical: string) =>
  `arn:aws:iam::${account}:${path}${physical}`;
const cdn = (...actions: string[]): Made => ({ actions, arn: anywhere });

/** What AWS is asked for when a resource is made and when it is removed (service authorization reference). */
const asksFor: Readonly<Record<string, Made>> = {
  'cloudfront/cachePolicy:CachePolicy': cdn(
    'cloudfront:CreateCachePolicy',
    'cloudfront:DeleteCachePolicy',
  ),
  'cloudfront/distribution:Distribution': cdn(
    'cloudfront:CreateDistribution',
    'cloudfront:DeleteDistribution',
  ),
  'cloudfront/function:Function': cdn('cloudfront:CreateFunction', 'cloudfront:PublishFunction'),
  'cloudfront/keyValueStore:KeyValueStore': cdn(
    'cloudfront:CreateKeyValueStore',
    'cloudfront-keyvaluestore:UpdateKeys',
  ),
  'cloudwatch/dashboard:Dashboard': {
    actions: ['cloudwatch:PutDashboard', 'cloudwatch:DeleteDashboards'],
    arn: () => `arn:aws:cloudwatch::${account}:dashboard/cody-batch-production`,
  },
  'cloudwatch/eventRule:EventRule': {
    actions: ['events:PutRule', 'events:DeleteRule'],
    arn: at('events', 'rule/'),
  },
  'cloudwatch/eventTarget:EventTarget': {
    actions: ['events:PutTargets', 'events:RemoveTargets'],
    arn: () => at('events', 'rule/')('TaskStopped-1a2b3c4'),
  },
  'cloudwatch/logGroup:LogGroup': {
    actions: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:DeleteLogGroup'],
    arn: at('logs', 'log-group:'),
  },
  'cloudwatch/metricAlarm:MetricAlarm': {
    actions: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'],
    arn: at('cloudwatch', 'alarm:'),
  },
  'dynamodb/table:Table': {
    actions: ['dynamodb:CreateTable', 'dynamodb:UpdateContinuousBackups', 'dynamodb:DeleteTable'],
    arn: at('dynamodb', 'table/'),
  },
  'ec2/defaultSecurityGroup:DefaultSecurityGroup': ec2(
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
  ),
  'ec2/internetGateway:InternetGateway': ec2(
    'ec2:CreateInternetGateway',
    'ec2:DetachInternetGateway',
  ),
  'ec2/routeTable:RouteTable': ec2(
    'ec2:CreateRouteTable',
    'ec2:CreateRoute',
    'ec2:DeleteRouteTable',
  ),
  'ec2/routeTableAssociation:RouteTableAssociation': ec2(
    'ec2:AssociateRouteTable',
    'ec2:DisassociateRouteTable',
  ),
  'ec2/subnet:Subnet': ec2('ec2:CreateSubnet', 'ec2:ModifySubnetAttribute', 'ec2:DeleteSubnet'),
  'ec2/vpc:Vpc': ec2(
    'ec2:CreateVpc',
    'ec2:ModifyVpcAttribute',
    'ec2:DescribeVpcs',
    'ec2:DeleteVpc',
  ),
  'ec2/vpcEndpoint:VpcEndpoint': ec2('ec2:CreateVpcEndpoint', 'ec2:DeleteVpcEndpoints'),
  'ecs/cluster:Cluster': {
    actions: ['ecs:CreateCluster', 'ecs:DeleteCluster'],
    arn: at('ecs', 'cluster/'),
  },
  'ecs/clusterCapacityProviders:ClusterCapacityProviders': {
    actions: ['ecs:PutClusterCapacityProviders'],
    arn: () => at('ecs', 'cluster/')('cody-batch-production-ClusterCluster-waevafvr'),
  },
  'ecs/taskDefinition:TaskDefinition': {
    actions: ['ecs:RegisterTaskDefinition', 'ecs:DeregisterTaskDefinition'],
    arn: anywhere,
  },
  'iam/role:Role': {
    actions: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy', 'iam:DeleteRole'],
    arn: inAccount('role/'),
  },
  'lambda/eventSourceMapping:EventSourceMapping': {
    actions: ['lambda:CreateEventSourceMapping', 'lambda:DeleteEventSourceMapping'],
    arn: anywhere,
  },
  'lambda/function:Function': {
    actions: ['lambda:CreateFunction', 'lambda:UpdateFunctionCode', 'lambda:DeleteFunction'],
    arn: at('lambda', 'function:'),
  },
  'lambda/functionEventInvokeConfig:FunctionEventInvokeConfig': onFunction(
    'lambda:PutFunctionEventInvokeConfig',
  ),
  'lambda/functionUrl:FunctionUrl': onFunction('lambda:CreateFunctionUrlConfig'),
  'lambda/permission:Permission': onFunction('lambda:AddPermission'),
  's3/bucket:Bucket': { actions: ['s3:CreateBucket', 's3:DeleteBucket'], arn: inS3 },
  's3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': onBucket(
    's3:PutLifecycleConfiguration',
  ),
  's3/bucketObjectv2:BucketObjectv2': {
    actions: ['s3:PutObject'],
    arn: () => inS3('sst-asset-abc/key'),
  },
  's3/bucketPolicy:BucketPolicy': onBucket('s3:PutBucketPolicy'),
  's3/bucketPublicAccessBlock:BucketPublicAccessBlock': onBucket('s3:PutBucketPublicAccessBlock'),
  's3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': onBucket(
    's3:PutEncryptionConfiguration',
  ),
  's3/bucketVersioning:BucketVersioning': onBucket('s3:PutBucketVersioning'),
  'scheduler/schedule:Schedule': {
    actions: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
    arn: at('scheduler', 'schedule/default/'),
  },
  'servicediscovery/privateDnsNamespace:PrivateDnsNamespace': ec2(
    'servicediscovery:CreatePrivateDnsNamespace',
    'route53:CreateHostedZone',
    'route53:DeleteHostedZone',
  ),
  'sns/topic:Topic': { actions: ['sns:CreateTopic', 'sns:DeleteTopic'], arn: at('sns', '') },
  'sqs/queue:Queue': { actions: ['sqs:CreateQueue', 'sqs:DeleteQueue'], arn: at('sqs', '') },
  'sqs/queuePolicy:QueuePolicy': {
    actions: ['sqs:SetQueueAttributes'],
    arn: () => at('sqs', '')('cody-batch-production-GravesQueue-waevafvr'),
  },
  'ssm/parameter:Parameter': {
    actions: ['ssm:PutParameter', 'ssm:DeleteParameter'],
    arn: at('ssm', 'parameter'),
  },
};

function onFunction(...actions: string[]): Made {
  return {
    actions,
    arn: () => at('lambda', 'function:')('cody-batch-production-WebFunction-waevafvr'),
  };
}

function onBucket(...actions: string[]): Made {
  return { actions, arn: () => inS3('cody-batch-production-objectsbucket-waevafvr') };
}

const to = (service: string) => ({ 'iam:PassedToService': `${service}.amazonaws.com` });

describe('the role that deploys', () => {
  it('may make and remove everything in the plan', () => {
    expect(plan.length).toBeGreaterThan(80);
    for (const { type, name, inputs } of plan) {
      const made = asksFor[type.slice('aws:'.length)];
      expect(made, type).toBeDefined();
      // Pulumi adds letters to the name of what has none.
      const physical = inputs.name ?? inputs.bucket ?? `${name}-1a2b3c4`;
      for (const action of made?.actions ?? [])
        expect(allowed(action, made?.arn(physical) ?? ''), `${action} for ${name}`).toBe(true);
    }
  });

  it('gives roles to the services that use them, and to no other', () => {
    const worker = inAccount('role/')('cody-batch-production-worker');
    const roles = plan.filter(({ type }) => type === 'aws:iam/role:Role');
    const services = roles.flatMap(({ inputs }) => JSON.stringify(inputs.assumeRolePolicy));
    for (const service of ['lambda', 'ecs-tasks', 'scheduler']) {
      expect(services.join()).toContain(`${service}.amazonaws.com`);
      expect(allowed('iam:PassRole', worker, to(service))).toBe(true);
    }
    expect(allowed('iam:PassRole', worker, to('ec2'))).toBe(false);
    expect(allowed('iam:PassRole', worker)).toBe(false);
  });

  it.each([
    ['iam:PutRolePolicy', inAccount('role/')('deploy-cody-batch-production')],
    ['iam:PutRolePolicy', inAccount('role/')('cody-batch-staging-worker')],
    ['iam:AttachRolePolicy', inAccount('role/')('cody-batch-production-worker')],
    ['iam:CreateUser', inAccount('user/')('cody-batch-production-user')],
    ['iam:PassRole', inAccount('role/')('admin')],
    ['dynamodb:DeleteTable', at('dynamodb', 'table/')('cody-batch-staging-TableTable-a')],
    ['lambda:UpdateFunctionCode', at('lambda', 'function:')('other')],
    ['s3:GetObject', inS3('other/key')],
    ['sqs:ReceiveMessage', at('sqs', '')('other')],
    ['ssm:GetParameter', at('ssm', 'parameter')('/cody-batch/production/ANTHROPIC_API_KEY')],
    ['ssm:GetParameter', at('ssm', 'parameter')('/cody-batch/production/PRIVATE_KEY')],
    ['ssm:GetParameter', at('ssm', 'parameter')('/cody-batch/staging/WEBHOOK_SECRET')],
    ['kms:Decrypt', at('kms', 'key/')('any')],
    ['ec2:RunInstances', '*'],
  ])('may not do %s on %s', (action, resource) => {
    expect(allowed(action, resource)).toBe(false);
  });

  it('makes a network in its own region alone', () => {
    expect(allowed('ec2:CreateVpc', '*', { 'aws:RequestedRegion': 'us-west-2' })).toBe(false);
  });

  it('is small enough to stand in the role itself', () => {
    // IAM counts an inline policy of a role without its white space, up to 10,240 characters.
    expect(JSON.stringify(JSON.parse(filled('permissions'))).length).toBeLessThan(10_240);
  });

  it('is taken by one environment of one repository alone', () => {
    const [statement] = Trust.parse(JSON.parse(filled('trust'))).Statement;
    const issuer = 'token.actions.githubusercontent.com';
    expect(statement.Principal.Federated).toBe(`arn:aws:iam::${account}:oidc-provider/${issuer}`);
    expect(statement.Condition.StringEquals).toEqual({
      [`${issuer}:aud`]: 'sts.amazonaws.com',
      [`${issuer}:sub`]: 'repo:acme@1/cody@2:environment:production',
    });
  });
});
