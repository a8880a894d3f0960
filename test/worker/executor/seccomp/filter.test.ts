import { expect, test } from 'vitest';
import { seccompFilter, type Sockets } from '../../../../worker/executor/seccomp/filter.ts';
import { type Arch, auditArch, denied } from '../../../../worker/executor/seccomp/syscalls.ts';

type Call = Readonly<{ nr: number; args?: readonly number[]; arch?: number }>;

/** Interprets a filter as the kernel does (seccomp(2), bpf of linux/filter.h) and names its answer. */
function answer(filter: Buffer, { nr, args = [], arch = 0 }: Call): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(nr, 0);
  data.writeUInt32LE(arch, 4);
  for (const [index, value] of args.entries()) data.writeUInt32LE(value, 16 + index * 8);
  let accumulator = 0;
  for (let at = 0; at < filter.length / 8; at += 1) {
    const code = filter.readUInt16LE(at * 8);
    const k = filter.readUInt32LE(at * 8 + 4);
    const jump = (taken: boolean) => filter.readUInt8(at * 8 + (taken ? 2 : 3));
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x15) at += jump(accumulator === k);
    else if (code === 0x35) at += jump(accumulator >= k);
    else if (code === 0x45) at += jump((accumulator & k) !== 0);
    else if (code === 0x06) return nameOf(k);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the filter has no end');
}

function nameOf(value: number): string {
  if (value === 0x7fff0000) return 'allow';
  if (value === 0x80000000) return 'kill';
  return `errno ${value & 0xffff}`;
}

const numbers = {
  x64: { read: 0, execve: 59, exit: 60, fork: 57, setresuid: 117, capset: 126, seccomp: 317 },
  arm64: { read: 63, execve: 221, exit: 93, fork: 220, setresuid: 147, capset: 91, seccomp: 277 },
};
const sockets = { x64: [41, 53, 56], arm64: [198, 199, 220] };

const archs: readonly Arch[] = ['x64', 'arm64'];
const modes: readonly Sockets[] = ['none', 'local', 'network'];
const cases = archs.flatMap((arch) => modes.map((mode) => [arch, mode] as const));

test.each(cases)('on %s with %s sockets ordinary calls are allowed', (arch, mode) => {
  const filter = seccompFilter({ arch, sockets: mode });
  for (const [name, nr] of Object.entries(numbers[arch])) {
    expect(answer(filter, { nr, arch: auditArch[arch] }), name).toBe('allow');
  }
});

test.each(cases)('on %s with %s sockets what reaches out is denied', (arch, mode) => {
  const filter = seccompFilter({ arch, sockets: mode });
  const ask = (nr: number, args: readonly number[] = []) =>
    answer(filter, { nr, args, arch: auditArch[arch] });
  for (const [name, nr] of Object.entries(denied[arch])) expect(ask(nr), name).toBe('errno 1');
  const [socket = 0, socketpair = 0, clone = 0] = sockets[arch];
  const inet = mode === 'network' ? 'allow' : 'errno 101';
  const unix = mode === 'none' ? 'errno 101' : 'allow';
  // AF_UNIX, AF_INET, AF_INET6, AF_PACKET, AF_ALG, AF_VSOCK
  expect([1, 2, 10, 17, 38, 40].map((domain) => ask(socket, [domain]))).toEqual([
    unix,
    inet,
    inet,
    'errno 101',
    'errno 101',
    'errno 101',
  ]);
  // NETLINK_ROUTE and NETLINK_NETFILTER
  expect([0, 12].map((protocol) => ask(socket, [16, 3, protocol]))).toEqual(
    mode === 'network' ? ['allow', 'errno 1'] : ['errno 101', 'errno 101'],
  );
  // Pairs of SOCK_STREAM, SOCK_SEQPACKET, and a stream with SOCK_CLOEXEC and SOCK_NONBLOCK
  for (const type of [1, 5, 0x8_0801]) expect(ask(socketpair, [1, type])).toBe('allow');
  // SOCK_DGRAM and SOCK_RAW, which can be sent to a name
  for (const type of [2, 3, 0x8_0802]) expect(ask(socketpair, [1, type])).toBe(unix);
  expect(ask(socketpair, [2, 1])).toBe('errno 101');
  // SIGCHLD alone, with CLONE_NEWUSER, with CLONE_NEWNS
  expect([0x11, 0x1000_0011, 0x2_0011].map((flags) => ask(clone, [flags]))).toEqual([
    'allow',
    'errno 1',
    'errno 1',
  ]);
  expect(ask(435)).toBe('errno 38');
});

test('calls by another convention end the process, and x32 has none', () => {
  const filter = seccompFilter({ arch: 'x64', sockets: 'network' });
  // AUDIT_ARCH_I386
  expect(answer(filter, { nr: 3, arch: 0x4000_0003 })).toBe('kill');
  expect(answer(filter, { nr: 3, arch: auditArch.arm64 })).toBe('kill');
  expect(answer(filter, { nr: 0x4000_0000 + 41, args: [2], arch: auditArch.x64 })).toBe('errno 38');
});

test('a filter is the same bytes each time, and one that the kernel takes', () => {
  for (const [arch, mode] of cases) {
    const filter = seccompFilter({ arch, sockets: mode });
    expect(filter.equals(seccompFilter({ arch, sockets: mode }))).toBe(true);
    // BPF_MAXINSNS
    expect(filter.length / 8).toBeLessThan(4096);
  }
});
