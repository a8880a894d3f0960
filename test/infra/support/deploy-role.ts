import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { root } from '../../support/tool.ts';
import { account, region } from './plan-place.ts';

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

/** The text of a document of the role, for production of one account and repository. */
export const filled = (name: string) =>
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

/** Whether the role may do that. */
export function allowed(
  action: string,
  resource: string,
  context: Record<string, string> = {},
): boolean {
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

/** What AWS is asked for, and of which resource. `tagged` where tags belong to another one than it is made under. */
type Made = Readonly<{
  actions: readonly string[];
  arn: (physical: string) => string;
  tagged?: (physical: string) => string;
}>;

export const at = (service: string, path: string) => (physical: string) =>
  `arn:aws:${service}:${region}:${account}:${path}${physical}`;
const anywhere = () => '*';
export const inS3 = (physical: string) => `arn:aws:s3:::${physical}`;
const ec2 = (...actions: string[]): Made => ({ actions, arn: anywhere });
export const inAccount = (path: string) => (physical: string) =>
  `arn:aws:iam::${account}:${path}${physical}`;
const cdn = (...actions: string[]): Made => ({ actions, arn: anywhere });

/** What AWS is asked for when a resource is made and when it is removed (service authorization reference). */
const asksFor: Readonly<Record<string, Made>> = {
  'acm/certificate:Certificate': cdn('acm:RequestCertificate', 'acm:DeleteCertificate'),
  'acm/certificateValidation:CertificateValidation': cdn('acm:DescribeCertificate'),
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
    tagged: () => at('ecs', 'task-definition/')('cody-batch-production-worker:1'),
  },
  'iam/role:Role': {
    actions: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy', 'iam:DeleteRole'],
    arn: inAccount('role/'),
  },
  'lambda/eventSourceMapping:EventSourceMapping': {
    actions: ['lambda:CreateEventSourceMapping', 'lambda:DeleteEventSourceMapping'],
    arn: anywhere,
    tagged: () => at('lambda', 'event-source-mapping:')('0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f'),
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
  'route53/record:Record': cdn('route53:ListHostedZones', 'route53:ChangeResourceRecordSets'),
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
  'sns/topicSubscription:TopicSubscription': {
    actions: ['sns:Subscribe'],
    arn: () => at('sns', '')('Alarms-1a2b3c4'),
  },
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

const ec2Tags = ['ec2:CreateTags', 'ec2:DeleteTags'];
const lambdaTags = ['lambda:TagResource', 'lambda:UntagResource', 'lambda:ListTags'];

/**
 * What the tags of the whole stage (sst.config.ts) ask for, for each type that takes them: `npm run infra` compares the
 * types with those of the provider.
 */
export const tagsAskFor: Readonly<Record<string, readonly string[]>> = {
  'acm/certificate:Certificate': [
    'acm:AddTagsToCertificate',
    'acm:RemoveTagsFromCertificate',
    'acm:ListTagsForCertificate',
  ],
  'cloudfront/distribution:Distribution': tags('cloudfront'),
  'cloudwatch/eventRule:EventRule': tags('events'),
  'cloudwatch/logGroup:LogGroup': tags('logs'),
  'cloudwatch/metricAlarm:MetricAlarm': tags('cloudwatch'),
  'dynamodb/table:Table': [
    'dynamodb:TagResource',
    'dynamodb:UntagResource',
    'dynamodb:ListTagsOfResource',
  ],
  'ec2/defaultSecurityGroup:DefaultSecurityGroup': ec2Tags,
  'ec2/internetGateway:InternetGateway': ec2Tags,
  'ec2/routeTable:RouteTable': ec2Tags,
  'ec2/subnet:Subnet': ec2Tags,
  'ec2/vpc:Vpc': ec2Tags,
  'ec2/vpcEndpoint:VpcEndpoint': ec2Tags,
  'ecs/cluster:Cluster': tags('ecs'),
  'ecs/taskDefinition:TaskDefinition': tags('ecs'),
  'iam/role:Role': ['iam:TagRole', 'iam:UntagRole'],
  'lambda/eventSourceMapping:EventSourceMapping': lambdaTags,
  'lambda/function:Function': lambdaTags,
  's3/bucket:Bucket': ['s3:PutBucketTagging', 's3:GetBucketTagging'],
  's3/bucketObjectv2:BucketObjectv2': ['s3:PutObjectTagging', 's3:GetObjectTagging'],
  'servicediscovery/privateDnsNamespace:PrivateDnsNamespace': tags('servicediscovery'),
  'sns/topic:Topic': tags('sns'),
  'sqs/queue:Queue': ['sqs:TagQueue', 'sqs:UntagQueue', 'sqs:ListQueueTags'],
  'ssm/parameter:Parameter': [
    'ssm:AddTagsToResource',
    'ssm:RemoveTagsFromResource',
    'ssm:ListTagsForResource',
  ],
};

function tags(service: string): readonly string[] {
  return ['TagResource', 'UntagResource', 'ListTagsForResource'].map((one) => `${service}:${one}`);
}

/** What is asked without a resource: an answer has many, or one whose name nobody knows yet. */
const asksWithoutResource: Readonly<Record<string, readonly string[]>> = {
  'cloudwatch/metricAlarm:MetricAlarm': ['cloudwatch:DescribeAlarms'],
  'cloudwatch/logGroup:LogGroup': ['logs:DescribeLogGroups'],
  'sns/topicSubscription:TopicSubscription': ['sns:GetSubscriptionAttributes', 'sns:Unsubscribe'],
};

/** What of these resources the role may not make, tag, look at or remove. */
export function deployProblems(
  resources: readonly Readonly<{ type: string; name: string; inputs: Record<string, unknown> }>[],
): readonly string[] {
  return resources.flatMap(({ type, name, inputs }) => {
    if (!type.startsWith('aws:')) return [];
    const key = type.slice('aws:'.length);
    const made = asksFor[key];
    if (made === undefined) return [`Nobody has said what ${type} asks for`];
    // Pulumi adds letters to the name of what has none.
    const given = [inputs['name'], inputs['bucket']].find((one) => typeof one === 'string');
    const physical = given ?? `${name}-1a2b3c4`;
    const { arn, tagged = arn } = made;
    return [
      ...made.actions.map((action) => [action, arn(physical)] as const),
      ...(tagsAskFor[key] ?? []).map((action) => [action, tagged(physical)] as const),
      ...(asksWithoutResource[key] ?? []).map((action) => [action, '*'] as const),
    ]
      .filter(([action, resource]) => !allowed(action, resource))
      .map(([action, resource]) => `The role may not ${action} on ${resource} for ${name}`);
  });
}

function onFunction(...actions: string[]): Made {
  return {
    actions,
    arn: () => at('lambda', 'function:')('cody-batch-production-WebFunction-waevafvr'),
  };
}

function onBucket(...actions: string[]): Made {
  return { actions, arn: () => inS3('cody-batch-production-objectsbucket-waevafvr') };
}
