import { spawnSync } from 'node:child_process';

// asm/unistd_64.h and asm-generic/unistd.h: exit, which ends one thread alone.
const EXIT = process.arch === 'arm64' ? 93 : 60;

/** A program whose first thread ends, so that /proc shows a zombie, while another thread takes memory and sleeps. */
export const headless = [
  'perl',
  '-Mthreads',
  '-e',
  `threads->create(sub { my $kept = "x" x 6e7; sleep 1000 }); sleep 1; syscall ${EXIT}, 0`,
] as const;

/** False where Perl has no threads. */
export const hasThreads = spawnSync('perl', ['-Mthreads', '-e', '1']).status === 0;
