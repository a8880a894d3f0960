import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { runProcess } from '../../../../core/process.ts';
import { startEgress } from '../../../../worker/executor/egress/start-egress.ts';
import { nodeProxyEnv } from '../../../../worker/executor/egress/way-out.ts';
import { childEnv } from '../../../support/child-env.ts';

// Ours, and the system's, which may be older.
const nodes = [process.execPath, '/usr/bin/node'].filter((path) => existsSync(path));

const asked = (port: number) =>
  `{ host: '127.0.0.1', port: 3128, path: 'http://registry.test:${port}/', agent: false }`;

/** Programs that speak to the proxy, each in another way that clients connect. */
const programs = (port: number) => [
  ['-e', `require('http').get(${asked(port)}, (a) => a.pipe(process.stdout))`],
  [
    '--input-type=module',
    '-e',
    `import http from 'node:http'; http.get(${asked(port)}, (a) => a.pipe(process.stdout))`,
  ],
  ['-e', dial(port, `require('net').connect(3128, '127.0.0.1', start)`)],
  [
    '-e',
    dial(port, `new (require('net').Socket)().connect({ port: '3128', host: '127.0.0.1' }, start)`),
  ],
];

const dial = (port: number, connect: string) =>
  `const start = () => socket.write('GET http://registry.test:${port}/ HTTP/1.0\\r\\nconnection: close\\r\\n\\r\\n');
  const socket = ${connect};
  socket.pipe(process.stdout)`;

test.each(nodes)('programs of %s find the proxy on its socket', async (node) => {
  const server = createServer((_, answer) => answer.end('reached')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const egress = await startEgress({ resolve: async () => ['127.0.0.1'] });
  onTestFinished(egress.close);
  const env = { ...childEnv, ...nodeProxyEnv(egress.socket) };
  for (const args of programs(port)) {
    const { stdout, stderr } = await runProcess({ command: node, args, env });
    expect(String(stdout) + String(stderr), args.at(-1)).toMatch(/reached$/);
  }
  const direct = [
    '-e',
    `require('http').get({ host: '127.0.0.1', port: ${port}, agent: false }, (a) => a.pipe(process.stdout))`,
  ];
  expect(String((await runProcess({ command: node, args: direct, env })).stdout)).toBe('reached');
});
