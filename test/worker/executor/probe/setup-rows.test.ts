import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startEgress } from '../../../../worker/executor/egress/start-egress.ts';
import type { Resolve } from '../../../../worker/executor/egress/public-address.ts';
import { setupRows } from '../../../../worker/executor/probe/setup-rows.ts';

const nowhere = {
  repo: '',
  logs: '',
  scratch: '',
  neighbour: '',
  outside: '',
  open: '',
  id: '',
  sockets: { named: '', abstract: '' },
  by: [],
};

/** What was tried through a proxy that resolves names in this way, and got through. */
async function ledTo(resolve?: Resolve) {
  const egress = await startEgress({ resolve });
  onTestFinished(egress.close);
  const rows = await setupRows({
    ...nowhere,
    port: 9,
    egress: egress.socket,
  });
  const led = rows.filter((row) => row.tried.endsWith('by the proxy'));
  expect(led).toHaveLength(7);
  return led.filter((row) => row.through).map((row) => row.tried);
}

test('the proxy leads to no metadata, no private address and no service of this machine', async () => {
  expect(await ledTo()).toEqual([]);
});

test('sockets of this machine are tried in both of their ways, and told', async () => {
  const abstract = `\0cody-test-${process.pid}`;
  const server = createServer((socket) => socket.destroy()).listen(abstract);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const rows = await setupRows({ ...nowhere, sockets: { named: '/nowhere', abstract }, port: 9 });
  expect(rows.filter(({ by }) => by === 'view')).toEqual([
    {
      by: 'view',
      tried: 'connect to sockets of this machine during set-up',
      through: true,
      answer: 'ENOENT, connected',
    },
  ]);
});

test('a proxy that tries to connect got through, also where nobody answers', async () => {
  expect(await ledTo(async () => ['127.0.0.1'])).toHaveLength(7);
});
