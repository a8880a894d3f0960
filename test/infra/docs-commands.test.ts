import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runProcess } from '../../core/process.ts';
import { Policy } from '../../core/policy.ts';
import { parameterNames } from '../../infra/parameters.ts';
import { tableShape } from '../../infra/table-shape.ts';
import { readSmokeConfig } from '../../local/smoke/config.ts';
import { root } from '../support/tool.ts';

/*
 * The commands of docs/deploy.md and docs/operate.md, run in one shell from top to bottom. What would leave this
 * machine is a stand-in that writes down how it was called: whether AWS and GitHub take the calls, nobody has seen.
 */

const guides = ['deploy', 'operate'] as const;
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

function blocksOf(guide: string): readonly string[] {
  const fenced = /^( *)```sh\n([\s\S]*?)^ *```$/gm;
  return [...textOf(`docs/${guide}.md`).matchAll(fenced)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** One call of a stand-in: its name and arguments, and what came by its input where it read that. */
type Call = Readonly<{ guide: string; args: readonly string[]; input: string | undefined }>;

const standIn = `#!/bin/sh
{
  basename "$0" | tr -d '\\n'
  for one in "$@"; do printf '\\037%s' "$one"; done
  case " $* " in *" file:///dev/stdin "*) printf '\\035'; cat ;; esac
  printf '\\036'
} >> "$CALLS"
case "$(basename "$0") $1 $2" in
  'aws iam get-role' | 'aws iam get-open-id-connect-provider') exit 254 ;;
  'gh api repos/your-organization/cody-batch') echo 'repo:your-organization@1/cody-batch@2' ;;
  'aws sts get-caller-identity') echo 123456789012 ;;
  'aws dynamodb list-tables')
    printf 'cody-batch-production-TableTable-abc\\tcody-batch-production-restored-1\\n' ;;
  'aws lambda list-functions') echo '"cody-batch-production-restored-1"' ;;
  'git rev-parse HEAD') echo 0123456789abcdef0123456789abcdef01234567 ;;
  'aws lambda list-event-source-mappings') echo 'first second' ;;
  'aws ecs list-clusters') echo cluster/cody-batch-production-ClusterCluster-abc ;;
  'aws s3api list-buckets') echo cody-batch-production-objectsbucket-abc ;;
  'aws s3api list-object-versions') printf 'objects/one\\tversion\\n' ;;
  'aws ssm get-parameter') echo kept ;;
  'openssl rand -hex') echo 0123456789abcdef ;;
  'npm start ') mkdir -p "$CODY_DATA_DIR" && cp app.json "$CODY_DATA_DIR/app.json" ;;
  'npx sst deploy') mkdir -p .sst && cp outputs.json .sst/outputs.json ;;
esac
`;

const app = {
  id: 7,
  pem: '-----BEGIN RSA PRIVATE KEY-----\nkey\n-----END RSA PRIVATE KEY-----\n',
  webhook_secret: 'w'.repeat(40),
  client_id: 'Iv23',
  client_secret: 'client secret',
};
const outputs = { pages: 'https://pages.example.com', webhook: 'https://webhook.example.com/' };

let folder: string;
const calls: Call[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cody-guides-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['aws', 'docker', 'gh', 'git', 'npm', 'npx', 'openssl']) {
    writeFileSync(join(bin, name), standIn);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(folder, 'app.json'), JSON.stringify(app));
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify(outputs));
  cpSync(join(root, 'infra/deploy-role'), join(folder, 'infra/deploy-role'), { recursive: true });
  for (const guide of guides) calls.push(...(await callsOf(guide, bin)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function callsOf(guide: string, bin: string): Promise<readonly Call[]> {
  const log = join(folder, `${guide}.calls`);
  writeFileSync(log, '');
  const path = [bin, join(root, 'node_modules/.bin'), '/usr/bin', '/bin'].join(delimiter);
  // What a person pastes: the model's key, and twice a token.
  const script = `exec < <(printf 'model key\\ntoken\\ntoken\\n')\n${blocksOf(guide).join('\n')}`;
  const end = await runProcess({
    command: 'bash',
    args: ['-euo', 'pipefail', '-c', script],
    cwd: folder,
    env: { PATH: path, HOME: folder, CALLS: log },
  });
  expect(`${end.stderr.toString()}${end.exitCode}`).toBe('0');
  return readFileSync(log, 'utf8')
    .split('\x1e')
    .filter((record) => record !== '')
    .map((record) => {
      const [line = '', input] = record.split('\x1d');
      return { guide, args: line.split('\x1f'), input };
    });
}

const callsTo = (...start: string[]) =>
  calls.filter(({ args }) => start.every((word, place) => args[place] === word));
const valueOf = ({ args }: Call, option: string) => args[args.indexOf(option) + 1] ?? '';
const nameOf = (path: string) => path.replace('/cody-batch/production/', '');

describe('the commands of the guides', () => {
  it('have nothing to be filled in that a shell would read otherwise', () => {
    const blocks = guides.flatMap(blocksOf);
    expect(blocks.length).toBeGreaterThan(15);
    expect(blocks.filter((block) => /<[a-z -]+>|…/.test(block))).toEqual([]);
  });

  it('start scripts and programs that this project has', () => {
    const { scripts, devDependencies } = JSON.parse(textOf('package.json'));
    const started = callsTo('npm', 'run').map(({ args }) => args[2] ?? '');
    expect(new Set(started)).toEqual(new Set(['infra', 'smoke']));
    for (const script of [...started, 'start']) expect(scripts).toHaveProperty(script);
    expect(devDependencies).toHaveProperty('sst');
    const sst = callsTo('npx').map(({ args }) => args.slice(1));
    for (const [program, command = '', ...options] of sst) {
      expect([program, ...options]).toEqual(['sst', '--stage', 'production']);
      expect(['deploy', 'remove', 'unlock']).toContain(command);
    }
  });

  it('store every parameter, from the file that creating the App leaves, and not on a command line', () => {
    const stored = callsTo('aws', 'ssm', 'put-parameter').filter(({ guide }) => guide === 'deploy');
    const values = new Map(stored.map((call) => [nameOf(valueOf(call, '--name')), call.input]));
    expect(Object.fromEntries(values)).toEqual({
      APP_ID: String(app.id),
      PRIVATE_KEY: app.pem,
      WEBHOOK_SECRET: app.webhook_secret,
      GITHUB_CLIENT_ID: app.client_id,
      GITHUB_CLIENT_SECRET: app.client_secret,
      ANTHROPIC_API_KEY: 'model key',
      SMOKE_GITHUB_TOKEN: 'token',
      CODY_POLICY: undefined,
      GOOD_COMMIT: undefined,
    });
    const left = parameterNames.filter((name) => !values.has(name));
    expect(left).toEqual(['WEBHOOK_SECRET_PREVIOUS']);
  });

  it('store a policy that can be read', () => {
    const policy = Policy.parse(parse(readFileSync(join(folder, 'policy.yaml'), 'utf8')));
    expect(policy.concurrency.global).toBe(3);
  });

  it('give the smoke test what it takes', () => {
    const env = { WEBHOOK_SECRET: app.webhook_secret, SMOKE_GITHUB_TOKEN: 'token' };
    const configs = callsTo('npm', 'run', 'smoke').map(({ args }) =>
      readSmokeConfig(args.slice(args.indexOf('--') + 1), env),
    );
    expect(configs.map(({ trip }) => trip !== undefined)).toEqual([false, true]);
    for (const { url, webhook } of configs)
      expect([url, `${webhook}/`]).toEqual([outputs.pages, outputs.webhook]);
  });

  it('note the commit that was tried, so that the first deployment by Actions can go back to it', () => {
    const args = calls.filter(({ guide }) => guide === 'deploy').map((call) => call.args);
    const noted = args.findIndex((words) => words.some((word) => word.endsWith('/GOOD_COMMIT')));
    expect(args[noted]?.slice(-2)).toEqual(['--value', '0123456789abcdef0123456789abcdef01234567']);
    expect(noted).toBeGreaterThan(args.findLastIndex((words) => words[2] === 'smoke'));
    expect(noted).toBeLessThan(args.findIndex((words) => words[2] === 'create-role'));
  });

  it('leave no secret of the App in a shell that may start another one', () => {
    const blocks = blocksOf('deploy');
    const after = (text: string) => blocks.findIndex((block) => block.includes(text));
    expect(after('unset WEBHOOK_SECRET')).toBeLessThan(after('rm -r "$KEYS"'));
    expect(blocks[after('unset WEBHOOK_SECRET')]).toContain('GOOD_COMMIT');
  });

  it('say how an App of GitHub Enterprise Server is made, where it is made', () => {
    const step = textOf('docs/deploy.md').split(/^(?=\d\. \*\*)/m)[4] ?? '';
    expect(step).toMatch(/^4\. \*\*Create the GitHub App/);
    for (const name of ['API_URL', 'SERVER_URL'])
      for (const prefix of ['GITHUB', 'CODY_DEPLOY_GITHUB'])
        expect(step).toMatch(new RegExp(`\x60${prefix}_${name}[\x60=]`));
  });

  it('delete every table that is left, the ones of restores too', () => {
    const deleted = callsTo('aws', 'dynamodb', 'delete-table');
    expect(deleted.map((call) => valueOf(call, '--table-name'))).toEqual([
      'cody-batch-production-TableTable-abc',
      'cody-batch-production-restored-1',
    ]);
  });

  it('make what an account has once, where it is missing', () => {
    const [role] = callsTo('aws', 'iam', 'create-service-linked-role');
    expect(role && valueOf(role, '--aws-service-name')).toBe('ecs.amazonaws.com');
    const [provider] = callsTo('aws', 'iam', 'create-open-id-connect-provider');
    expect(provider && valueOf(provider, '--client-id-list')).toBe('sts.amazonaws.com');
    const issuer = provider ? new URL(valueOf(provider, '--url')).host : '';
    expect(textOf('infra/deploy-role/trust.json')).toContain(`:oidc-provider/${issuer}"`);
  });

  it('make the role for one environment of one repository, with nothing left to fill in', () => {
    const [made] = callsTo('aws', 'iam', 'create-role');
    const [given] = callsTo('aws', 'iam', 'put-role-policy');
    const trust = made ? valueOf(made, '--assume-role-policy-document') : '';
    const permissions = given ? valueOf(given, '--policy-document') : '';
    expect(trust).toContain('"repo:your-organization@1/cody-batch@2:environment:production"');
    for (const text of [trust, permissions]) {
      expect(() => JSON.parse(text)).not.toThrow();
      expect(text).not.toMatch(/ACCOUNT|REGION|STAGE|SUBJECT/);
    }
  });

  it('set variables that the workflow reads', () => {
    const read = textOf('.github/workflows/deploy.yml');
    const names = callsTo('gh', 'variable', 'set').map(({ args }) => args[3] ?? '');
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(read).toMatch(new RegExp(`vars\\.${name} `));
    for (const name of ['AWS_ROLE', 'AWS_REGION']) expect(names).toContain(name);
  });

  it('delete at the end every parameter that anything has stored', () => {
    const inWorkflow = [...textOf('.github/workflows/deploy.yml').matchAll(/\$STAGE\/([A-Z_]+)/g)];
    const byHand = callsTo('aws', 'ssm', 'put-parameter').map((call) => valueOf(call, '--name'));
    const stored = [...inWorkflow.map(([, name = '']) => name), ...byHand.map(nameOf)];
    const [deletion] = callsTo('aws', 'ssm', 'delete-parameters');
    const deleted = (deletion?.args ?? []).slice(4).map(nameOf);
    expect(new Set(deleted)).toEqual(new Set([...parameterNames, ...stored]));
    // DeleteParameters takes ten at once.
    expect(deleted.length).toBeLessThanOrEqual(10);
  });

  it('restore a table into one that is as safe as it was, before anything is deployed with it', () => {
    const inOrder = calls.filter(({ guide }) => guide === 'operate').map(({ args }) => args[2]);
    const steps = [
      'restore-table-to-point-in-time',
      'wait',
      'update-time-to-live',
      'update-continuous-backups',
      'update-table',
    ];
    const first = inOrder.indexOf('restore-table-to-point-in-time');
    expect(inOrder.slice(first, first + steps.length)).toEqual(steps);
    const [restore] = callsTo('aws', 'dynamodb', 'restore-table-to-point-in-time');
    // The one that is in use: its name sorts behind that of the table that the stage began with.
    expect(restore && valueOf(restore, '--source-table-name')).toBe(
      'cody-batch-production-restored-1',
    );
    expect(restore && valueOf(restore, '--target-table-name')).toMatch(/^cody-batch-production-/);
    const [ttl] = callsTo('aws', 'dynamodb', 'update-time-to-live');
    expect(ttl && valueOf(ttl, '--time-to-live-specification')).toBe(
      `Enabled=true,AttributeName=${tableShape.ttl}`,
    );
    expect(textOf('infra/config.ts')).toContain("read('CODY_DEPLOY_TABLE')");
  });

  it('let go on what they have stopped', () => {
    const sources = callsTo('aws', 'lambda', 'update-event-source-mapping');
    const states = sources.map((call) => [valueOf(call, '--uuid'), call.args.at(-1)]);
    expect(states).toEqual([
      ['first', '--no-enabled'],
      ['second', '--no-enabled'],
      ['first', '--enabled'],
      ['second', '--enabled'],
    ]);
  });
});
