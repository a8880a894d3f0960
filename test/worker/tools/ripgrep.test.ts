import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProcess } from '../../../core/process.ts';
import { childEnv } from '../../support/child-env.ts';

// Takes the place of a machine for which there is no ripgrep package.
const withoutRipgrep = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve: (name, context, next) => {
      if (name === '@vscode/ripgrep') throw new Error('not there');
      return next(name, context);
    },
  });`;

test('where ripgrep is missing, searches say what to use instead and other tools work', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cody-ripgrep-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tools = join(import.meta.dirname, '..', '..', '..', 'worker', 'tools');
  const script = `
    import { createReadRegistry } from '${tools}/read-registry.ts';
    import { runTool } from '${tools}/run-tool.ts';
    import { createWorkspace } from '${tools}/workspace.ts';
    const context = {
      workspace: createWorkspace({ repo: '${folder}', logs: '${folder}', scratch: '${folder}' }),
      registry: createReadRegistry(),
      shell: 'off',
      callId: 'call',
      signal: new AbortController().signal,
    };
    const calls = [
      ['write', { file_path: 'a.txt', content: 'x' }],
      ['grep', { pattern: 'x' }],
      ['glob', { pattern: '*.txt' }],
    ];
    for (const [name, input] of calls) {
      const { is_error, content } = await runTool(context, name, input);
      console.log(is_error, content[0].text);
    }`;
  const result = await runProcess({
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      `--import=data:text/javascript,${encodeURIComponent(withoutRipgrep)}`,
      '--input-type=module',
      '--eval',
      script,
    ],
    env: childEnv,
    cwd: tools,
  });
  expect(result.stderr.toString()).toBe('');
  expect(result.stdout.toString()).toMatch(
    /^false Created a\.txt.*\ntrue ripgrep is not installed.* Use bash instead.*\ntrue ripgrep is not installed/,
  );
});
