import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { account, region } from './plan-place.ts';
import { platform } from './sst-install.ts';
import { root } from '../../support/tool.ts';

/*
 * A process of its own: runs sst.config.ts with SST's real components for one stage, with Pulumi's engine replaced by
 * mocks that write down each resource. Nothing leaves this machine. Arguments: stage, output file.
 */

const [stage = 'production', outputFile = '/dev/stdout'] = process.argv.slice(2);
const require = createRequire(join(platform, 'package.json'));

// SST makes random suffixes of names; a plan has to be the same each time.
const crypto = require('node:crypto');
crypto.randomBytes = (size: number) => Buffer.alloc(size, 1);

type Resource = { type: string; name: string; inputs: Record<string, unknown> };
const resources: Resource[] = [];

const server = await startRpc();
process.env['SST_SERVER'] = server.url;
process.env['SST_AWS_REGION'] = region;

const pulumi = require(join(platform, 'node_modules', '@pulumi', 'pulumi'));
await pulumi.runtime.setMocks(
  { newResource: record, call: answerCall },
  'cody-batch',
  stage,
  false,
);

// SST reads what holds for the whole stage first, by itself.
const app = { name: 'cody-batch', stage, ...(await readApp()) };
Object.assign(globalThis, { $app: app });
const bundle = await bundleConfig();
const { default: program } = await import(bundle);
const outputs = await pulumi.runtime.runInPulumiStack(program);
await settled();
writeFileSync(outputFile, JSON.stringify({ stage, app, outputs: await plain(outputs), resources }));
server.close();
process.exit(0);

/** Ends when no more resources have come for a while: components make some of theirs in callbacks. */
async function settled(): Promise<void> {
  for (let before = -1, quiet = 0; quiet < 8;) {
    quiet = resources.length === before ? quiet + 1 : 0;
    before = resources.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function plain(value: unknown): Promise<unknown> {
  return new Promise((resolve) => pulumi.output(value).apply(resolve));
}

function record(args: {
  type: string;
  name: string;
  id?: string;
  inputs: Record<string, unknown>;
}) {
  const { type, name, inputs } = args;
  // With an id it is only looked up: someone else made it, or the configuration itself under another name.
  if (!args.id && !type.startsWith('sst:') && type !== 'pulumi:pulumi:Stack')
    resources.push({ type, name, inputs });
  return {
    id: args.id || `${name}-id`,
    state: {
      ...inputs,
      ...made({ type, name, inputs: args.id ? { ...inputs, name: args.id } : inputs }),
    },
  };
}

function arn(service: string, rest: string): string {
  return `arn:aws:${service}:${region}:${account}:${rest}`;
}

/** What AWS would say of a new resource, as far as others are made of it. */
function made({ type, name, inputs }: Readonly<Resource>): Record<string, unknown> {
  const given = [inputs['name'], inputs['family'], inputs['bucket']];
  const physical = given.find((one) => typeof one === 'string') ?? name;
  switch (type) {
    case 'aws:dynamodb/table:Table':
      return { name: physical, arn: arn('dynamodb', `table/${physical}`) };
    case 'aws:s3/bucket:Bucket':
      return { bucket: physical, arn: `arn:aws:s3:::${physical}` };
    case 'aws:sqs/queue:Queue':
      return {
        name: physical,
        arn: arn('sqs', physical),
        url: `https://sqs.${region}.amazonaws.com/${account}/${physical}`,
      };
    case 'aws:lambda/function:Function':
      return { name: physical, arn: arn('lambda', `function:${physical}`) };
    case 'aws:lambda/functionUrl:FunctionUrl':
      return { functionUrl: `https://${name.toLowerCase()}.lambda-url.${region}.on.aws/` };
    case 'aws:iam/role:Role':
      return { name: physical, arn: `arn:aws:iam::${account}:role/${physical}` };
    case 'aws:ecs/cluster:Cluster':
      return { name: physical, arn: arn('ecs', `cluster/${physical}`) };
    case 'aws:ecs/taskDefinition:TaskDefinition':
      return { arn: arn('ecs', `task-definition/${physical}:1`) };
    case 'aws:cloudwatch/logGroup:LogGroup':
      return { name: physical, arn: arn('logs', `log-group:${physical}`) };
    case 'aws:cloudwatch/eventRule:EventRule':
      return { name: physical, arn: arn('events', `rule/${physical}`) };
    case 'aws:sns/topic:Topic':
      return { name: physical, arn: arn('sns', physical) };
    case 'aws:cloudfront/distribution:Distribution':
      return {
        domainName: `${name.toLowerCase()}.cloudfront.net`,
        arn: `arn:aws:cloudfront::${account}:distribution/${name}`,
      };
    case 'aws:acm/certificate:Certificate':
      return {
        arn: `arn:aws:acm:us-east-1:${account}:certificate/1a2b3c4`,
        domainValidationOptions: [
          {
            resourceRecordName: `_1a2b3c4.${String(inputs['domainName'])}`,
            resourceRecordType: 'CNAME',
            resourceRecordValue: '_1a2b3c4.acm-validations.aws',
          },
        ],
      };
    case 'docker-build:index:Image':
      return { digest: 'sha256:0', ref: 'image' };
    default:
      return {
        arn: `arn:aws:${type.split(':')[1]?.split('/')[0] ?? ''}:${region}:${account}:${physical}`,
      };
  }
}

function answerCall({ token, inputs }: { token: string; inputs: Record<string, unknown> }) {
  switch (token) {
    case 'aws:index/getRegion:getRegion':
      return { ...inputs, id: region, name: region, region };
    case 'aws:index/getPartition:getPartition':
      return { partition: 'aws', dnsSuffix: 'amazonaws.com' };
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { accountId: account };
    case 'aws:index/getAvailabilityZones:getAvailabilityZones':
      return { names: ['a', 'b', 'c'].map((zone) => `${region}${zone}`) };
    case 'aws:iam/getPolicyDocument:getPolicyDocument':
      return { ...inputs, json: JSON.stringify({ Statement: inputs['statements'] }) };
    default:
      return inputs;
  }
}

/** The part of SST's own server that components call while they are made. */
async function startRpc(): Promise<{ url: string; close: () => void }> {
  const results: Record<string, unknown> = {
    'Provider.Aws.Bootstrap': {
      asset: 'sst-asset',
      assetEcrRegistryId: account,
      assetEcrUrl: `${account}.dkr.ecr.${region}.amazonaws.com/sst-asset`,
      state: 'sst-state',
    },
    'Runtime.Build': {
      handler: 'bundle.handler',
      out: join(root, '.sst', 'none'),
      errors: [],
      sourcemaps: [],
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method } = JSON.parse(Buffer.concat(chunks).toString());
      const result = results[method];
      response.end(JSON.stringify(result ? { result } : { error: `rpc: can't find ${method}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => void server.close() };
}

async function readApp(): Promise<object> {
  const outfile = join(platform, `plan-app-${stage}.mjs`);
  await build({
    entryPoints: [join(root, 'sst.config.ts')],
    bundle: true,
    format: 'esm',
    external: ['./infra/*'],
    banner: { js: 'const $config = (config) => config;' },
    outfile,
    tsconfigRaw: '{}',
    logLevel: 'error',
  });
  const { default: config } = await import(outfile);
  return config.app({ stage });
}

/** SST's own way to run a configuration: globals injected, its sources beside ours. Returns the file to import. */
async function bundleConfig(): Promise<string> {
  const cli = {
    command: 'deploy',
    rpc: server.url,
    paths: { home: root, root, work: join(root, '.sst'), platform },
    state: { version: {} },
  };
  const outfile = join(platform, `plan-${stage}.mjs`);
  await build({
    stdin: {
      contents: [
        `import { run } from ${JSON.stringify(join(platform, 'src/auto/run.ts'))};`,
        "import * as aws from '@pulumi/aws';",
        `import * as sst from ${JSON.stringify(join(platform, 'src/components/index.ts'))};`,
        `import config from ${JSON.stringify(join(root, 'sst.config.ts'))};`,
        'Object.assign(globalThis, { aws, sst });',
        'export default () => run(() => config.run());',
      ].join('\n'),
      resolveDir: platform,
    },
    inject: [join(platform, 'src/shim/run.js')],
    define: { $cli: JSON.stringify(cli), $dev: 'false' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: [
      '@pulumi/*',
      '@pulumiverse/*',
      '@aws-sdk/*',
      'undici',
      'esbuild',
      'archiver',
      'glob',
      'vite',
    ],
    banner: {
      js: [
        "import { createRequire as planRequire } from 'node:module';",
        'const require = planRequire(import.meta.url);',
        `const __dirname = ${JSON.stringify(platform)};`,
      ].join('\n'),
    },
    outfile,
    logLevel: 'error',
    tsconfigRaw: '{}',
    plugins: [],
  });
  return outfile;
}
