import { expect, test } from 'vitest';
import { detectSandbox } from '../../../worker/executor/sandbox.ts';

test('finds bubblewrap by running something in it', async () => {
  const sandbox = await detectSandbox();
  expect(sandbox.kind, 'install the Debian package bubblewrap').toBe('bubblewrap');
  expect(sandbox).toMatchObject({ shell: true, network: 'none' });
  expect(sandbox.missingPackage).toBeUndefined();
});

test('without bubblewrap names the package and keeps the shell off', async () => {
  const sandbox = await detectSandbox({ bwrapPath: '/nonexistent/bwrap' });
  expect(['namespaces', 'process']).toContain(sandbox.kind);
  expect(sandbox).toMatchObject({ shell: false, missingPackage: 'bubblewrap' });
  expect(sandbox.reason).toContain('bubblewrap is not installed');
});

test('a program that is there and does not work counts as not working', async () => {
  const sandbox = await detectSandbox({ bwrapPath: '/bin/false' });
  expect(sandbox.shell).toBe(false);
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
