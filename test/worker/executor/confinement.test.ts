import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { publicAddresses } from '../../../worker/executor/egress/public-address.ts';
import { textOf } from '../tools/bench.ts';
import { startOn } from './start.ts';

test('commands see no file of this machine but the system and the work folders', async () => {
  const { bash, folder } = await startOn();
  writeFileSync(join(folder, 'neighbour'), 'secret');
  const probes = [
    `cat ${folder}/neighbour`,
    'cat /etc/shadow',
    'ls /root',
    'ls /home',
    'touch /usr/x',
    'touch /opt/cody/worker/x',
    'touch /x',
  ];
  for (const probe of probes) {
    expect((await bash(probe)).exit_code, probe).not.toBe(0);
  }
  expect((await bash('touch /tmp/x ~/x /dev/shm/x /workspace/logs/x')).exit_code).toBe(0);
});

test('neither arguments nor environment of any process inside tell a path of this machine', async () => {
  const { bash, folder } = await startOn();
  const text = textOf(await bash('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr "\\0" "\\n"'));
  expect(text).toContain('/workspace/repo');
  expect(text).not.toContain(folder);
  expect(text).not.toContain(process.cwd());
});

test('commands reach no server of this machine', async () => {
  const server = createServer((_, response) => response.end('reached')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { bash } = await startOn();
  const script = `fetch('http://127.0.0.1:${port}').then(() => console.log('reached'), (e) => console.log(e.cause.code))`;
  expect(textOf(await bash(`node -e "${script}"`))).toMatch(/^ECONNREFUSED/);
});

test('in set-up commands reach the network through the proxy, but no server of this machine', async () => {
  const server = createServer((_, response) => response.end('reached')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return host === 'registry.test' ? ['127.0.0.1'] : publicAddresses()(host);
  };
  const { bash } = await startOn('bubblewrap', { network: true, resolve });
  const at = (host: string) =>
    `fetch('http://${host}:${port}').then(async (r) => console.log(r.status, await r.text()), (e) => console.log(e.cause.code))`;
  const say = async (host: string) => textOf(await bash(`node -e "${at(host)}"`));
  expect(await say('registry.test')).toMatch(/^200 reached/);
  expect(textOf(await bash(`curl -s http://registry.test:${port}/x`))).toMatch(/^reached/);
  // Its own loopback, and then this machine's by other names.
  expect(await say('127.0.0.1')).toMatch(/^ECONNREFUSED/);
  for (const host of ['127.0.0.2', '169.254.170.2', '[::ffff:127.0.0.1]', '0.0.0.0']) {
    expect(await say(host), host).not.toContain('reached');
  }
  expect(asked).toContain('169.254.170.2');
  const direct = `require('net').connect(${port}, '169.254.170.2').on('error', (e) => console.log(e.code))`;
  expect(textOf(await bash(`node -e "${direct}"`))).toMatch(/^ENETUNREACH/);
});

test('programs of a toolchain that is named are found, and cannot be changed', async () => {
  const toolchain = mkdtempSync(join(tmpdir(), 'cody-toolchain-'));
  onTestFinished(() => rmSync(toolchain, { recursive: true, force: true }));
  mkdirSync(join(toolchain, 'bin'));
  writeFileSync(join(toolchain, 'bin', 'greet'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
  const { bash } = await startOn('bubblewrap', { toolchains: [toolchain] });
  expect(textOf(await bash('greet; echo x > $(command -v greet)'))).toMatch(
    /^hello\n.*Read-only file system\nexit code: 1/,
  );
});

test('commands have no capabilities and cannot gain any', async () => {
  const { bash } = await startOn();
  const text = textOf(
    await bash(
      'grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status; id -u; mount -t tmpfs x /tmp',
    ),
  );
  expect(text).toMatch(/CapEff:\s+0+\nCapBnd:\s+0+\nNoNewPrivs:\s+1\n1000\n/);
  expect(text).not.toMatch(/exit code: 0/);
});

test('file tools do not leave the tree by links that a command makes', async () => {
  const { bash, call, folder } = await startOn();
  writeFileSync(join(folder, 'outside'), 'secret');
  await bash('ln -s ../outside link; ln -s /etc etc; ln -s .. up');
  for (const file_path of ['link', 'etc/passwd', 'up/outside', 'up/repo/link']) {
    expect(textOf(await call('read', { file_path })), file_path).toMatch(/ERROR: .*outside/);
    expect(textOf(await call('write', { file_path, content: 'x' })), file_path).toMatch(/^ERROR: /);
  }
  expect(readdirSync(folder).toSorted()).toEqual(['logs', 'outside', 'repo', 'scratch']);
});

test.each(['namespaces', 'process'] as const)(
  'in %s file tools work, links stay inside and the shell is off',
  async (kind) => {
    const { bash, call, executor, folder, sandbox } = await startOn(kind);
    expect(sandbox).toMatchObject({ kind, shell: false });
    expect(textOf(await call('write', { file_path: 'a/b.txt', content: 'x\n' }))).toMatch(
      /^Created/,
    );
    expect(textOf(await call('grep', { pattern: 'x' }))).toBe('a/b.txt');
    expect(textOf(await call('read', { file_path: '/workspace/repo/a/b.txt' }))).toBe('     1\tx');
    expect(textOf(await call('read', { file_path: folder }))).toMatch(/ERROR: .*outside/);
    const off = await bash('true');
    expect(off).toMatchObject({ is_error: true, mutated: false });
    expect(textOf(off)).toMatch(/^ERROR: The shell is off on this machine: .* nothing was run\.$/);
    await expect(
      executor.exec({ command: 'true', timeoutMs: 1000, label: 'x' }),
    ).rejects.toMatchObject({
      name: 'ShellOffError',
    });
  },
);

test('the kernel refuses system calls that reach out of a sandbox, to every program in it', async () => {
  const { bash } = await startOn();
  const [ptrace, uring, socket, unshare, sockets] =
    process.arch === 'arm64' ? [117, 425, 198, 97, 2] : [101, 425, 41, 272, 2];
  // $! is the errno; a socket of AF_INET works, because the network is the sandbox's own.
  const calls = [
    [ptrace, 16, 1, 0, 0],
    [uring, 4, 0, 0, 0],
    [socket, 17, 3, 0, 0],
    [socket, 40, 1, 0, 0],
    [unshare, 0x10000000, 0, 0, 0],
    [socket, sockets, 1, 0, 0],
  ];
  const script = calls
    .map((call) => `print syscall(${call.join(',')}) < 0 ? $!+0 : "ok", "\\n";`)
    .join(' ');
  const lines = textOf(await bash(`perl -e '${script}'`)).split('\n');
  // EPERM, and ENETUNREACH for sockets
  expect(lines.slice(0, 6)).toEqual(['1', '1', '101', '101', '1', 'ok']);
});

test('the settings of the kernel cannot be changed, also when root starts the sandbox', async () => {
  const { bash } = await startOn();
  const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
  // What stands there already: a sandbox that lets it through does no harm to this machine.
  const text = textOf(
    await bash(`echo '${before}' > /proc/sys/kernel/core_pattern && echo written`),
  );
  expect(text).toMatch(/Read-only file system|Permission denied/);
  expect(text).not.toMatch(/^written/m);
});
