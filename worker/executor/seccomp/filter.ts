import {
  assemble,
  end,
  type Instruction,
  load,
  whenAnyBit,
  whenAtLeast,
  whenEqual,
} from './instruction.ts';
import { type Arch, auditArch, denied, examined } from './syscalls.ts';

/**
 * `none`: pairs only, whose two ends are the program's own. `local`: those of this machine's file system as well, where
 * services listen whose address no filter can see. `network`: the internet's protocols as well.
 */
export type Sockets = 'none' | 'local' | 'network';

// SECCOMP_RET_* of linux/seccomp.h
const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const fail = (errno: number) => 0x0005_0000 | errno;

// errno(3)
const EPERM = 1;
const ENOSYS = 38;
const ENETUNREACH = 101;

// Offsets in struct seccomp_data; of an argument, the lower half.
const NUMBER = 0;
const ARCH = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;
const THIRD_ARGUMENT = 32;

const X32 = 0x4000_0000;

// AF_* of linux/socket.h. AF_VSOCK and others know no network namespace, so that only these may be used.
const UNIX = 1;
const INET = 2;
const INET6 = 10;
const NETLINK = 16;
const NETLINK_ROUTE = 0;

// A bit that SOCK_DGRAM and SOCK_RAW have, and SOCK_STREAM and SOCK_SEQPACKET have not. Flags are further up.
const DATAGRAM = 2;

// CLONE_NEW* of linux/sched.h: all but the time namespace, which clone does not know.
const NAMESPACES = 0x7e02_0000;

/**
 * The seccomp filter of commands, as bytes for bwrap(1) `--seccomp` and setpriv(1) `--seccomp-filter`. What it denies
 * fails with an error that programs handle: EPERM, and for sockets ENETUNREACH, as on a machine without network.
 */
export function seccompFilter(options: Readonly<{ arch: Arch; sockets: Sockets }>): Buffer {
  return assemble(filterProgram(options));
}

/** The processor of this machine, when there is a filter for it. */
export function filterArch(arch: string = process.arch): Arch | undefined {
  return arch === 'x64' || arch === 'arm64' ? arch : undefined;
}

function filterProgram({
  arch,
  sockets,
}: Readonly<{ arch: Arch; sockets: Sockets }>): readonly Instruction[] {
  const calls = examined[arch];
  return [
    load(ARCH),
    // Another calling convention has other numbers: the rest would compare the wrong ones.
    { code: 0x15, jt: 1, jf: 0, k: auditArch[arch] },
    end(KILL),
    load(NUMBER),
    ...(arch === 'x64' ? whenAtLeast(X32, [end(fail(ENOSYS))]) : []),
    ...Object.values(denied[arch]).flatMap((number) => whenEqual(number, [end(fail(EPERM))])),
    ...whenEqual(calls.socket, socketRules(sockets)),
    ...whenEqual(calls.socketpair, [
      load(FIRST_ARGUMENT),
      ...whenEqual(UNIX, pairRules(sockets)),
      end(fail(ENETUNREACH)),
    ]),
    ...whenEqual(calls.clone, [
      load(FIRST_ARGUMENT),
      ...whenAnyBit(NAMESPACES, [end(fail(EPERM))]),
      end(ALLOW),
    ]),
    // Its flags are behind a pointer, which no filter can follow. C libraries then use clone.
    ...whenEqual(calls.clone3, [end(fail(ENOSYS))]),
    end(ALLOW),
  ];
}

function socketRules(sockets: Sockets): readonly Instruction[] {
  const network = [
    ...whenEqual(INET, [end(ALLOW)]),
    ...whenEqual(INET6, [end(ALLOW)]),
    // Names of interfaces and addresses are asked for in this way.
    ...whenEqual(NETLINK, [
      load(THIRD_ARGUMENT),
      ...whenEqual(NETLINK_ROUTE, [end(ALLOW)]),
      end(fail(EPERM)),
    ]),
  ];
  return [
    load(FIRST_ARGUMENT),
    ...(sockets === 'none' ? [] : whenEqual(UNIX, [end(ALLOW)])),
    ...(sockets === 'network' ? network : []),
    end(fail(ENETUNREACH)),
  ];
}

/** One of a pair can be sent to any service by its name, as a datagram: unix(7). Streams stay with each other. */
function pairRules(sockets: Sockets): readonly Instruction[] {
  if (sockets !== 'none') return [end(ALLOW)];
  return [load(SECOND_ARGUMENT), ...whenAnyBit(DATAGRAM, [end(fail(ENETUNREACH))]), end(ALLOW)];
}
