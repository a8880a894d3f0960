import { expect, test } from 'vitest';
import {
  isPublicAddress,
  publicAddress,
} from '../../../../worker/executor/egress/public-address.ts';

test.each([
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '169.254.170.2',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.170.2',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  'fe80::1',
  'fd00:ec2::254',
  'fd00:ec2::23',
])('%s is closed to set-up', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['1.1.1.1', '93.184.215.14', '10.1.2.3', '2606:4700::1111'])('%s is open', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test('a name is what it resolves to', async () => {
  await expect(publicAddress('localhost')).rejects.toThrow(/may reach/);
  await expect(publicAddress('2130706433')).rejects.toThrow();
});
