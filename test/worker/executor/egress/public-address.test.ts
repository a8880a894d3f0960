import { expect, test } from 'vitest';
import {
  isPublicAddress,
  publicAddresses,
} from '../../../../worker/executor/egress/public-address.ts';

/** The first and the last address of each special network, and what stands beside it. */
const closed = {
  'this host': ['0.0.0.0', '0.255.255.255'],
  'private 10': ['10.0.0.0', '10.255.255.255'],
  'shared by a provider': ['100.64.0.0', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.8.8.8', '127.255.255.255', '::1'],
  link: ['169.254.0.0', '169.254.255.255', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  'private 172.16': ['172.16.0.0', '172.31.255.255'],
  assignments: ['192.0.0.0', '192.0.0.192', '192.0.0.255', '2001:1::1', '2001:20::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  '6to4 relay': ['192.88.99.1'],
  'private 192.168': ['192.168.0.0', '192.168.255.255'],
  benchmarks: ['198.18.0.0', '198.19.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  reserved: ['240.0.0.1', '255.255.255.255'],
  unspecified: ['::'],
  'compatible with IPv4': ['::127.0.0.1', '::8.8.8.8'],
  'mapped IPv4': ['::ffff:127.0.0.1', '::ffff:169.254.170.2', '::ffff:10.0.0.1', '::ffff:8.8.8.8'],
  translated: [
    '64:ff9b::7f00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a00:1',
    '64:ff9b::',
    '64:ff9b:0:0:0:0:c0a8:1',
    '64:ff9b:1::808:808',
  ],
  'tunnel of Teredo': ['2001::1', '2001:0:a9fe:a9fe::1'],
  'tunnel of 6to4': ['2002:a9fe:a9fe::1', '2002:7f00:1::', '2002:808:808::'],
  'unique local': ['fc00::1', 'fdff::1'],
  'site local': ['fec0::1'],
  'not given out': ['100::1', '4000::1', '5f00::1'],
  'metadata of clouds': [
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
  ],
  'no address': ['', 'localhost', '2130706433', '0x7f000001'],
};

test.each(Object.entries(closed))('%s is closed to set-up', (_, addresses) => {
  for (const address of addresses) expect(isPublicAddress(address), address).toBe(false);
});

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '93.184.215.14',
  '100.63.255.255',
  '100.128.0.0',
  '168.63.129.17',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '223.255.255.255',
  '2001:200::1',
  '2606:4700::1111',
  '2a00:1450::1',
  '64:ff9b::808:808',
])('%s is open', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test('a name is what it resolves to', async () => {
  const resolve = publicAddresses();
  for (const host of ['localhost', '127.0.0.1', '10.0.0.1', '::1']) {
    await expect(resolve(host), host).rejects.toMatchObject({ name: 'ClosedAddress' });
  }
  expect(await resolve('1.1.1.1')).toEqual(['1.1.1.1']);
  await expect(resolve('2130706433')).rejects.toThrow();
});

test("a host of the operator's own may be private, and nothing else that is closed", async () => {
  const own = ['10.1.2.3', '127.0.0.1', '169.254.169.254', '100.100.100.200', 'fd00:ec2::254'];
  const resolve = publicAddresses(own);
  expect(await resolve('10.1.2.3')).toEqual(['10.1.2.3']);
  await expect(resolve('10.1.2.4')).rejects.toMatchObject({ name: 'ClosedAddress' });
  for (const host of own.slice(1)) {
    await expect(resolve(host), host).rejects.toMatchObject({ name: 'ClosedAddress' });
  }
});
