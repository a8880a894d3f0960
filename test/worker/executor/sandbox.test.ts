import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { detectSandbox, judgedSetup, type Sandbox } from '../../../worker/executor/sandbox.ts';

const inside = join(import.meta.dirname, '../../../worker/executor/probe/inside.ts');

test('finds bubblewrap by running something in it', async () => {
  const sandbox = await detectSandbox();
  expect(sandbox.kind, 'install the Debian package bubblewrap').toBe('bubblewrap');
  expect(sandbox).toMatchObject({ shell: true, network: 'none' });
  expect(sandbox.missingPackage).toBeUndefined();
});

test('without bubblewrap names the package and keeps the shell off', async () => {
  const sandbox = await detectSandbox({ bwrapPath: '/nonexistent/bwrap' });
  expect(['uid', 'namespaces', 'process']).toContain(sandbox.kind);
  expect(sandbox).toMatchObject({ shell: sandbox.filters ?? false, missingPackage: 'bubblewrap' });
  expect(sandbox.reason).toContain('bubblewrap is not installed');
});

test('a program that is there and does not work counts as not working', async () => {
  const sandbox = await detectSandbox({ bwrapPath: '/bin/false' });
  expect(sandbox.kind).not.toBe('bubblewrap');
  expect(sandbox.shell).toBe(sandbox.filters ?? false);
  expect(sandbox.reason).toContain('bubblewrap does not work here');
  expect(sandbox.missingPackage).toBeUndefined();
});

test('a plain process can be asked for', async () => {
  expect(await detectSandbox({ preferred: 'process' })).toMatchObject({
    kind: 'process',
    shell: false,
    network: 'host',
  });
});

test('what a sandbox says of itself names no path of this machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cody-bwrap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bwrapPath = join(folder, 'bwrap');
  writeFileSync(bwrapPath, '#!/bin/sh\necho "bwrap: cannot open $0: no" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const { reason } = await detectSandbox({ bwrapPath });
  expect(reason).toContain('bubblewrap does not work here: bwrap: cannot open …: no');
  expect(reason).not.toContain(folder);
});

test('a sandbox that confines nothing is found out, and the shell is off', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cody-bwrap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bwrapPath = join(folder, 'bwrap');
  // Takes its options from descriptor 4, as bwrap does, and runs the program on the machine itself.
  const script = `#!/usr/bin/env bash
    declare -A at
    mapfile -d '' -t args <&4
    for ((n = 0; n < \${#args[@]}; n++)); do
      case \${args[n]} in --bind | --ro-bind) at[\${args[n + 2]}]=\${args[n + 1]} ;; esac
    done
    while [ "$1" != -- ]; do shift; done
    shift
    setup="\${*: -1}"
    for name in repo logs scratch; do setup="\${setup//\\/workspace\\/$name/\${at[/workspace/$name]}}"; done
    exec '${process.execPath}' --disable-warning=ExperimentalWarning '${inside}' "$setup"`;
  writeFileSync(bwrapPath, script, { mode: 0o755 });
  const sandbox = await detectSandbox({ bwrapPath });
  expect(sandbox).toMatchObject({ kind: 'bubblewrap', shell: false });
  expect(sandbox.reason).toMatch(
    /the shell is off, because a probe of it got through: .*connect to a service of this machine.*read a file of another attempt/,
  );
});

test('a proxy that leads where it must not is turned off, and an open network is told', () => {
  const place = { kind: 'uid', shell: true, network: 'none', bwrapPath: 'bwrap' } as const;
  const found = (setup: Sandbox['setup'], through: string | undefined) =>
    judgedSetup({ ...place, setup, reason: 'It holds.' }, { setup: through });
  expect(found('proxy', undefined)).toMatchObject({ setup: 'proxy', reason: 'It holds.' });
  for (const kind of ['proxy', 'node_proxy'] as const) {
    expect(found(kind, 'a, b')).toMatchObject({
      setup: 'none',
      shell: true,
      reason: 'It holds. Set-up has no network; a probe got through: a, b.',
    });
  }
  expect(found('open', 'a')).toMatchObject({ setup: 'open' });
});
