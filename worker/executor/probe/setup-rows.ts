import { askProxy, connect } from './connect.ts';
import type { ProbeRow, ProbeSetup } from './questions.ts';

/** Where a container finds its credentials: of ECS, and of EC2 and other clouds. */
export const METADATA = ['169.254.170.2', '169.254.169.254'] as const;

const NO_PROXY = ['ENOENT', 'ECONNREFUSED', 'ENETUNREACH', 'EACCES', 'EPERM'];

/** Tries what set-up, which has the network, must not reach all the same: by itself, and through its proxy. */
export async function setupRows(setup: ProbeSetup): Promise<readonly ProbeRow[]> {
  const metadata = METADATA.map(async (host) => {
    const answer = await connect({ host, port: 80 });
    const tried = `connect to ${host}`;
    return { by: 'setup', tried, through: answer === 'connected', answer } as const;
  });
  const led = setup.egress === undefined ? [] : proxyRows(setup.egress, setup.port);
  return [
    ...(await Promise.all([...metadata, ...led])),
    await loopbackRow('setup', setup),
    await socketRow(setup),
  ];
}

/**
 * Where set-up finds its proxy on a socket in the file system, no filter closes the others, with a file or without: that
 * is told.
 */
async function socketRow({ sockets }: ProbeSetup): Promise<ProbeRow> {
  const answers = [
    await connect({ path: sockets.named }),
    await connect({ path: sockets.abstract }),
  ];
  return {
    by: 'view',
    tried: 'connect to sockets of this machine during set-up',
    through: answers.includes('connected'),
    answer: answers.join(', '),
  };
}

/** A loopback of its own refuses what nobody in it listens for. */
export async function loopbackRow(by: ProbeRow['by'], { port }: ProbeSetup): Promise<ProbeRow> {
  const answer = await connect({ host: '127.0.0.1', port });
  return {
    by,
    tried: 'connect to a service of this machine',
    through: answer === 'connected',
    answer,
  };
}

function proxyRows(egress: string, port: number): readonly Promise<ProbeRow>[] {
  const hosts = {
    ...Object.fromEntries(METADATA.map((host) => [host, host])),
    'fd00:ec2::254': '[fd00:ec2::254]',
    'a private address': '10.0.0.1',
    'a service of this machine': `127.0.0.1:${port}`,
    localhost: `localhost:${port}`,
    'this machine in IPv6': `[::ffff:127.0.0.1]:${port}`,
  };
  return Object.entries(hosts).map(async ([name, host]) => {
    const answers = await askProxy(egress, host);
    return {
      by: 'setup',
      tried: `be led to ${name} by the proxy`,
      through: answers.some((answer) => !isRefusal(answer)),
      answer: [...new Set(answers)].join(', '),
    } as const;
  });
}

/** The proxy's own word, or there is no proxy. Any other answer means that it has tried, and nobody was there. */
function isRefusal(answer: string): boolean {
  return answer === '403' || NO_PROXY.includes(answer);
}
