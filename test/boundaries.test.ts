import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { brokenImportRules, productFolders } from './support/import-rules.ts';
import { reachOf } from './support/imports.ts';

const root = new URL('..', import.meta.url);

function broken(path: string, text: string): string[] {
  return brokenImportRules([{ path, text }]);
}

describe('the product', () => {
  it('keeps the import rules of the design', () => {
    const paths = globSync(`{${productFolders.join(',')}}/**/*.{ts,tsx,mts,cts,js,mjs,cjs}`, {
      cwd: root,
      exclude: ['**/node_modules/**'],
    });
    const files = paths.map((path) => ({
      path: path.replaceAll('\\', '/'),
      text: readFileSync(new URL(path, root), 'utf8'),
    }));
    expect(files.length).toBeGreaterThan(20);
    expect(brokenImportRules(files)).toEqual([]);
  });
});

const forbidden: readonly (readonly [string, string])[] = [
  ['app/x.ts', "import { run } from '../worker/run.ts';"],
  ['app/x.ts', "import type { Run } from '../worker/run.ts';"],
  ['app/deep/x.ts', "export { run } from '../../worker/run.ts';"],
  ['app/deep/x.ts', "export * from '../../local/start.ts';"],
  ['worker/x.ts', "import '../app/accept.ts';"],
  ['worker/x.ts', "const app = await import('../app/accept.ts');"],
  ['worker/x.ts', 'const app = await import(`../app/accept.ts`);'],
  ['core/x.ts', "import {\n  a, // it's\n  b,\n} from '../app/accept.ts';"],
  ['core/x.ts', "import { helper } from '../test/support/helper.ts';"],
  ['infra/x.ts', "import { Job } from '../core/job.ts';"],
  ['worker/x.ts', "import { start } from '../local/start.ts';"],
  ['core/x.ts', "import { Probot } from 'probot';"],
  ['local/x.ts', "import { Probot } from 'probot';"],
  ['worker/tools/x.ts', "import Anthropic from '@anthropic-ai/sdk';"],
  ['core/x.ts', "import type { Message } from '@anthropic-ai/sdk/resources';"],
  ['app/x.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"],
  ['local/engines/x.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"],
  ['worker/x.ts', "import { spawn } from 'node:child_process';"],
  ['core/x.ts', "const { spawn } = require('child_process');"],
  ['core/x.ts', 'await import(name);'],
  ['core/x.ts', 'const port = process.env.PORT;'],
  ['core/x.ts', "const port = process['env'].PORT;"],
  ['core/x.ts', 'const { env } = process;'],
  ['core/x.ts', "import { env } from 'node:process';"],
  ['app/lambda/accept.ts', 'const table = process.env.CODY_TABLE;'],
];

const allowed: readonly (readonly [string, string])[] = [
  ['app/x.ts', "import { Job } from '../core/job.ts';"],
  ['app/x.ts', "import { Probot } from 'probot';"],
  ['worker/agent/x.ts', "import Anthropic from '@anthropic-ai/sdk';"],
  ['core/queue.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"],
  ['core/process.ts', "import { spawn } from 'node:child_process';"],
  ['local/start.ts', "import { accept } from '../app/accept.ts'; import '../worker/main.ts';"],
  ['bench/x.ts', "import { start } from '../local/start.ts';"],
  ['worker/config.ts', 'const port = process.env.PORT;'],
  ['app/lambda/receive.ts', 'const secret = process.env.WEBHOOK_SECRET;'],
  ['core/x.ts', "// import { a } from '../app/a.ts'\n/* process.env */"],
  ['core/x.ts', 'const text = "import { a } from \'../app/a.ts\'; process.env";'],
  ['core/x.ts', "const text = `${a(`import('../app/a.ts')`)} process.env`;"],
  ['core/x.ts', "const quote = /[\"'`/]/; const half = a / b; // '"],
  ['core/x.ts', "import { pid } from 'node:process'; const env = 1;"],
];

describe('the import rules', () => {
  it.each(forbidden)('forbid in %s: %s', (path, text) => {
    expect(broken(path, text)).toHaveLength(1);
  });

  it.each(allowed)('allow in %s: %s', (path, text) => {
    expect(broken(path, text)).toEqual([]);
  });

  it('allow one importer per AWS client', () => {
    const text = "import { SQSClient } from '@aws-sdk/client-sqs';";
    const files = ['core/queue.ts', 'core/aws.ts'].map((path) => ({ path, text }));
    expect(brokenImportRules(files)).toHaveLength(1);
  });

  it('see an import after a quote inside of a regular expression', () => {
    const source = "const a = b.replace(/'/g, ''); import '../app/a.ts';";
    expect(reachOf(source).modules).toEqual(['../app/a.ts']);
  });
});
