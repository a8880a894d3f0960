import { nodeProxyEnv, proxyEnv } from './egress/way-out.ts';

/** The whole environment of commands: nothing of this process is handed on. */
export function commandEnv(
  options: Readonly<{
    path: string;
    scratch: string;
    own_uid?: number;
    way_out?: boolean;
    way_out_socket?: string;
  }>,
) {
  const home = `${options.scratch}/home`;
  return {
    PATH: options.path,
    HOME: home,
    // Where /tmp is everybody's, temporary files lie with the attempt's own.
    TMPDIR: options.own_uid === undefined ? '/tmp' : `${options.scratch}/tmp`,
    LANG: 'C.UTF-8',
    USER: 'worker',
    LOGNAME: 'worker',
    SHELL: '/bin/bash',
    CI: '1',
    PAGER: 'cat',
    GIT_PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
    NO_COLOR: '1',
    TERM: 'dumb',
    // Where the settings of this machine are there, they are not for commands.
    ...(options.own_uid === undefined ? {} : { GIT_CONFIG_NOSYSTEM: '1' }),
    ...(options.way_out ? proxyEnv() : {}),
    ...(options.way_out_socket === undefined ? {} : nodeProxyEnv(options.way_out_socket)),
  } satisfies Record<string, string>;
}
