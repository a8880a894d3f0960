import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../support/tool.ts';
import { allowed, at, deployProblems, filled, inAccount, inS3 } from './support/deploy-role.ts';
import { account } from './support/plan-place.ts';

/*
 * The role that deploys, against the plan: everything in it can be made and removed, and what bears another name can
 * not be touched. No account has said so yet.
 */

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

const plan = readFileSync(join(root, 'infra/plans/production.txt'), 'utf8')
  .split(/\n\n/)
  .flatMap((paragraph) => {
    const [head = '', ...body] = paragraph.trimEnd().split('\n');
    const [type = '', name = ''] = head.split(' ');
    return type.startsWith('aws:') ? [{ type, name, inputs: Object(parse(body.join('\n'))) }] : [];
  });

const to = (service: string) => ({ 'iam:PassedToService': `${service}.amazonaws.com` });

describe('the role that deploys', () => {
  it('may make, tag and remove everything in the plan', () => {
    expect(plan.length).toBeGreaterThan(80);
    expect(deployProblems(plan)).toEqual([]);
  });

  it('may make what a domain and an address for alarms add', () => {
    const added = ['acm/certificate:Certificate', 'sns/topicSubscription:TopicSubscription'];
    const resources = added.map((type) => ({ type: `aws:${type}`, name: 'Added', inputs: {} }));
    expect(deployProblems(resources)).toEqual([]);
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
    ['s3:GetObject', inS3('sst-state-abc/app/cody-batch/staging.json')],
    ['s3:PutObject', inS3('sst-state-abc/app/cody-batch/production-two.json')],
    ['s3:PutObject', inS3('sst-state-abc/snapshot/cody-batch/staging/0abc.json')],
    ['s3:PutObject', inS3('sst-state-abc/secret/cody-batch/_fallback.json')],
    ['s3:PutBucketPolicy', inS3('sst-state-abc')],
    ['ssm:PutParameter', at('ssm', 'parameter')('/sst/bootstrap')],
    ['lambda:UpdateFunctionCode', at('lambda', 'event-source-mapping:')('any')],
    ['sqs:ReceiveMessage', at('sqs', '')('other')],
    ['ssm:GetParameter', at('ssm', 'parameter')('/cody-batch/production/ANTHROPIC_API_KEY')],
    ['ssm:GetParameter', at('ssm', 'parameter')('/cody-batch/production/PRIVATE_KEY')],
    ['ssm:GetParameter', at('ssm', 'parameter')('/cody-batch/staging/WEBHOOK_SECRET')],
    ['kms:Decrypt', at('kms', 'key/')('any')],
    ['ec2:RunInstances', '*'],
  ])('may not do %s on %s', (action, resource) => {
    expect(allowed(action, resource)).toBe(false);
  });

  it.each([
    // SST 4.17.1, pkg/project/provider: one object, or a folder of them, for each kind and stage.
    ...['app', 'lock', 'secret'].map((kind) => `${kind}/cody-batch/production.json`),
    ...['snapshot', 'update', 'eventlog'].map((kind) => `${kind}/cody-batch/production/0abc.json`),
  ])('keeps the state of its stage in %s', (key) => {
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])
      expect(allowed(action, inS3(`sst-state-abc/${key}`))).toBe(true);
  });

  it('learns that there are no secrets for all stages, which SST asks for each time', () => {
    const key = 'sst-state-abc/secret/cody-batch/_fallback.json';
    expect(allowed('s3:GetObject', inS3(key))).toBe(true);
    // Without it, S3 answers that it is forbidden where there is none.
    expect(allowed('s3:ListBucket', inS3('sst-state-abc'))).toBe(true);
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
