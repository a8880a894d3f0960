import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { processesOf } from '../../../worker/executor/attempt-user.ts';
import { runProbe } from '../../../worker/executor/probe/run-probe.ts';
import { detectSandbox, type Sandbox } from '../../../worker/executor/sandbox.ts';
import { textOf } from '../tools/bench.ts';
import { hasThreads, headless } from './headless.ts';
import { setprivPath, startOn } from './start.ts';

/*
 * Only root can give a user to others. For everybody else there is one fact: this kind is not there.
 */
const isRoot = process.getuid?.() === 0;
const seen = 'grep -h State: /proc/[0-9]*/status';

test('only root finds a user for an attempt', async () => {
  const { kind, uid } = await detectSandbox({ preferred: 'uid', setprivPath });
  if (isRoot) expect(kind).toBe('uid');
  else expect(['namespaces', 'process']).toContain(kind);
  expect(uid !== undefined).toBe(isRoot);
});

test('with a setpriv that loads no filter the shell is off, and the reason names the network', async () => {
  const sandbox = await detectSandbox({ preferred: 'uid' });
  if (sandbox.kind === 'uid' && !sandbox.filters) {
    expect(sandbox).toMatchObject({ shell: false, network: 'host' });
    expect(sandbox.reason).toMatch(/nothing closes the network: setpriv of util-linux 2\.41/);
  }
  expect(sandbox.shell).toBe(sandbox.filters ?? false);
});

test('two attempts beside each other reach neither files nor processes of one another', async () => {
  if (!isRoot) return;
  const [first, second] = await Promise.all([startOn('uid'), startOn('uid')]);
  expect(first.sandbox.uid).not.toBe(second.sandbox.uid);
  await first.bash('echo treasure > secret; chmod 666 secret');
  const hunt = await second.bash(
    [
      `cat ${first.workTree}/secret; ls ${first.folder}; ls ${first.scratch}`,
      `touch ${first.workTree}/x`,
      `for pid in $(ps -o pid= -u ${first.sandbox.uid}); do kill -9 $pid; cat /proc/$pid/environ; done`,
    ].join('\n'),
  );
  expect(textOf(hunt)).not.toContain('treasure');
  expect(textOf(hunt)).toMatch(/Permission denied[^]*Operation not permitted/);
  await second.bash('kill -9 -1');
  expect(readdirSync(first.workTree)).toEqual(['secret']);
  expect(textOf(await first.bash('cat secret'))).toMatch(/^treasure\n/);
  expect(statSync(first.workTree).mode & 0o777).toBe(0o700);
});

test('what a command leaves running ends with it, and everything of the user with the executor', async () => {
  if (!isRoot) return;
  const { bash, executor, sandbox } = await startOn('uid');
  const uid = sandbox.uid ?? 0;
  const left = await bash('setsid -f sleep 1000; setsid -f sleep 1000');
  expect(textOf(left)).toMatch(/background/i);
  expect(processesOf(uid)).toHaveLength(1);
  const running = bash('while :; do setsid -f sleep 1000; sleep 0.05; done');
  await expect.poll(() => processesOf(uid).length, { timeout: 20_000 }).toBeGreaterThan(3);
  await executor.close();
  expect(processesOf(uid)).toEqual([]);
  expect(await running).toMatchObject({ is_error: true });
});

test('what goes on after its first thread has ended is ended as well', async () => {
  if (!isRoot || !hasThreads) return;
  const { bash, executor, sandbox, workTree } = await startOn('uid');
  const uid = sandbox.uid ?? 0;
  const quoted = headless.map((word) => `'${word}'`).join(' ');
  const left = await bash(`setsid -f ${quoted} >/dev/null 2>&1; sleep 2; ${seen}`);
  expect(textOf(left)).toMatch(/Z \(zombie\)[^]*background/);
  expect(processesOf(uid)).toHaveLength(1);
  void bash(`setsid -f ${quoted} >/dev/null 2>&1; sleep 2; touch begun; sleep 1000`);
  const begun = join(workTree, 'begun');
  await expect.poll(() => existsSync(begun), { timeout: 20_000 }).toBe(true);
  await executor.close();
  expect(processesOf(uid)).toEqual([]);
});

test('commands have no rights and no sockets', async () => {
  if (!isRoot) return;
  const { bash, call, folder } = await startOn('uid');
  writeFileSync(join(folder, 'outside'), 'secret', { mode: 0o600 });
  const text = textOf(
    await bash(
      `grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; cat ${folder}/outside; env`,
    ),
  );
  expect(text).toMatch(/CapEff:\s+0+\nCapBnd:\s+0+\nNoNewPrivs:\s+1\nSeccomp:\s+2\n/);
  expect(text).toContain('Permission denied');
  expect(text).not.toMatch(/secret|CODY_|AWS_/);
  const listen = `require('net').createServer().on('error', (e) => console.log(e.code)).listen(0)`;
  expect(textOf(await bash(`node -e "${listen}"`))).toMatch(/^ENETUNREACH\n/);
  expect(textOf(await call('write', { file_path: 'a.txt', content: 'x\n' }))).toMatch(/^Created/);
  expect(existsSync(join(folder, 'filter-none'))).toBe(true);
});

test('no socket leads to a service of this machine, and programs still talk to their children', async () => {
  if (!isRoot) return;
  const { bash, workTree } = await startOn('uid');
  const local = `require('net').createServer().on('error', (e) => console.log(e.code)).listen('./socket')`;
  expect(textOf(await bash(`node -e "${local}"`))).toMatch(/^ENETUNREACH\n/);
  // A pair of datagram sockets could be sent to any name.
  const pairs = [1, 2, 5].map(
    (type) => `syscall(${process.arch === 'arm64' ? 199 : 53}, 1, ${type}, 0, $b)`,
  );
  const perl = `my $b = pack 'l2', 0, 0; print join ' ', map { $_ == 0 ? 'ok' : $!+0 } (${pairs.join(', ')})`;
  expect(textOf(await bash(`perl -e '${perl.replaceAll("'", '"')}'`))).toMatch(/^ok 101 ok/);
  const child = `require('child_process').fork('./child.js').on('message', (m) => console.log(m))`;
  await bash(`echo "process.send('heard'); process.disconnect()" > child.js`);
  expect(textOf(await bash(`node -e "${child}"`))).toMatch(/^heard\n/);
  const repository =
    'git init -q . && git add . && git -c user.name=x -c user.email=x@y commit -qm x';
  const both = await bash(`${repository} && git log --oneline | wc -l && npm --version | wc -l`);
  expect(textOf(both)).toMatch(/^1\n1\n/);
  expect(readdirSync(workTree)).toContain('.git');
});

test('commands read the system and their own folders, and no other file that all users may read', async () => {
  if (!isRoot) return;
  const { bash, sandbox } = await startOn('uid');
  if (!sandbox.landlock) return;
  // Shared memory stays open, and the folders of tests may stand there.
  const folder = mkdtempSync('/var/tmp/cody-batch-test-');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  expect(sandbox.reason).toMatch(/reaches its own and the system's files only/);
  writeFileSync(join(folder, 'open'), 'treasure', { mode: 0o644 });
  const hunt = [
    `cat ${folder}/open`,
    `ls ${folder} / /home /root /tmp /var`,
    'cat /etc/fstab /etc/machine-id /etc/debian_version',
    'touch /tmp/x /var/tmp/x',
  ];
  for (const command of hunt) {
    const { exit_code, content } = await bash(command);
    expect(exit_code, command).not.toBe(0);
    expect(JSON.stringify(content), command).toContain('Permission denied');
    expect(JSON.stringify(content), command).not.toContain('treasure');
  }
  const work = [
    'touch x && mv x y && mkdir a && mv y a && ln -s a b && rm -r a b',
    'id && getent passwd root && ls /usr/bin > /dev/null && cat /proc/meminfo > /dev/null',
    'cat <(echo hello) && echo x > "$(mktemp)" && echo x > ~/x && head -c1 /dev/urandom > /dev/null',
    'python3 -c "import tempfile; tempfile.TemporaryFile()" || ! command -v python3',
    'for it in wgetrc pip.conf inputrc fonts/fonts.conf; do test ! -e /etc/$it || cat /etc/$it > /dev/null || exit 1; done',
    'wget --version > /dev/null || ! command -v wget',
  ];
  for (const command of work) expect((await bash(command)).exit_code, command).toBe(0);
});

test('a probe finds out what a filter or Landlock that is missing lets through', async () => {
  if (!isRoot) return;
  const sandbox = await detectSandbox({ preferred: 'uid', setprivPath });
  const through = async (more: Partial<Sandbox>) => {
    const report = await runProbe({ ...sandbox, ...more }, ['command', 'view']);
    const rows = report.started ? report.rows : [];
    return rows.filter((row) => row.through).map((row) => row.tried);
  };
  expect(await through({ filters: false })).toEqual(
    expect.arrayContaining([
      'connect to a service of this machine',
      'connect to a socket in the file system of this machine',
      'connect to a socket of this machine without a file',
    ]),
  );
  expect(await through({ landlock: false })).toEqual([
    'read files that all users of this machine may read',
    'read the command lines of processes outside',
  ]);
});

/** A server of this machine that answers every path with a JSON document. */
async function server(): Promise<number> {
  const http = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ asked: request.url }));
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const address = http.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** A line of bash that ends with an error unless it connects. */
const dial = (host: string, port: number) => `exec 3<>/dev/tcp/${host}/${port} && echo through`;
/** The same for a program of Node. */
const get = (url: string) =>
  `node -e "fetch('${url}').then(async (a) => console.log(a.status, await a.text()), (e) => console.log(e.cause?.code ?? e.code))"`;

test('set-up reaches hosts by programs of Node and the proxy, and nothing by itself', async () => {
  if (!isRoot) return;
  const port = await server();
  const { bash, sandbox } = await startOn('uid', {
    network: true,
    resolve: async (host) => {
      if (host !== 'registry.example') throw new Error('No such host');
      return ['127.0.0.1'];
    },
  });
  expect(sandbox).toMatchObject({ setup: 'node_proxy', network: 'none', shell: true });
  expect(sandbox.reason).toMatch(/set-up reaches the internet by programs of Node only(;|\.$)/);
  const registry = `http://registry.example:${port}`;
  expect(textOf(await bash(get(`${registry}/a`)))).toMatch(/^200 \{"asked":"\/a"\}\n/);
  const npm = textOf(await bash(`npm ping --registry ${registry}/`));
  expect(npm).toContain('PONG');
  for (const [host, at] of [
    ['127.0.0.1', port],
    ['169.254.170.2', 80],
    ['169.254.169.254', 80],
  ] as const) {
    expect(textOf(await bash(dial(host, at))), host).toMatch(/Network is unreachable/);
    expect(textOf(await bash(get(`http://${host}:${at}/`))), host).not.toMatch(/^200/);
  }
  const bare = `NODE_OPTIONS= ${get(`${registry}/b`)}`;
  expect(textOf(await bash(bare))).toMatch(/^ENETUNREACH\n/);
});

/** Asks the proxy itself, and prints the status. */
const ask = (host: string) =>
  `node -e "require('http').request({ host: '127.0.0.1', port: 3128, path: 'http://${host}/' }, (a) => { console.log(a.statusCode); process.exit(); }).end()"`;

test('an address of this machine or its cloud is none that set-up is led to', async () => {
  if (!isRoot) return;
  const port = await server();
  const { bash } = await startOn('uid', { network: true });
  for (const host of [`127.0.0.1:${port}`, 'localhost', '169.254.170.2', '[::1]', '0x7f000001'])
    expect(textOf(await bash(ask(host))), host).toMatch(/^403\n/);
});

test('after set-up there is no way out', async () => {
  if (!isRoot) return;
  const { bash } = await startOn('uid');
  expect(textOf(await bash('env | grep -iE "proxy|node_options"'))).not.toMatch(/3128/);
  expect(textOf(await bash(get('http://registry.example/')))).toMatch(/^(?!200)/);
});

test('only the policy opens the network to set-up, and the sandbox says what that reaches', async () => {
  if (!isRoot) return;
  const commands = { setup_network: 'any' } as const;
  const sandbox = await detectSandbox({ preferred: 'uid', setprivPath, commands });
  expect(sandbox).toMatchObject({ setup: 'open', network: 'none', shell: true });
  expect(sandbox.reason).toMatch(
    /Set-up has the whole network of this machine, because the policy says so; a probe got through: .*a service of this machine/,
  );
  const port = await server();
  const { bash } = await startOn('uid', { sandbox, network: true });
  expect(textOf(await bash(dial('127.0.0.1', port)))).toMatch(/^through\n/);
});

test('where a proxy is the one way out a policy opens hosts that it names, and nothing else', async () => {
  const setupHosts = ['registry.internal'];
  const commands = { setup_network: 'any', setup_hosts: setupHosts } as const;
  const found = { kind: 'bubblewrap', setup: 'proxy', setupHosts };
  expect(await detectSandbox({ commands })).toMatchObject(found);
});
