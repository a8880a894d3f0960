import { playedIn } from './defence.ts';

/** Else the boot gate finds out what is open, and there is no shell to play with. */
const blindGate = {
  file: 'worker/executor/probe/judge.ts',
  find: '    const found = answers.filter((row) => row.through).map((row) => row.tried);',
  replace: '    const found: string[] = [];',
} as const;

export const toolsDefences = [
  ...playedIn({ entry: 'tools', tools: 'inside' }, [
    {
      name: 'links_stay_inside',
      what: 'file tools follow links out of the tree',
      edits: [
        {
          file: 'worker/tools/workspace.ts',
          find: '  lstatSync,\n  openSync,',
          replace: '  lstatSync as linkStatSync,\n  statSync as lstatSync,\n  openSync,',
        },
        {
          file: 'worker/tools/workspace.ts',
          find: 'const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;',
          replace: 'void linkStatSync;\nconst READ = constants.O_RDONLY | constants.O_NONBLOCK;',
        },
        {
          file: 'worker/tools/workspace.ts',
          find: '      const path = resolveLinks(roots[parseWorkspacePath(input).root], parseWorkspacePath(input));',
          replace: '      const path = parseWorkspacePath(input);',
        },
      ],
      guard: 'tools/link-neighbour',
    },
  ]),
  ...playedIn({ entry: 'tools', tools: 'confined' }, [
    {
      name: 'file_system',
      what: 'commands see the files of this machine',
      edits: [
        blindGate,
        {
          file: 'worker/executor/bubblewrap-args.ts',
          find: '      ...systemArgs(),',
          replace: "      ...systemArgs(),\n      '--bind',\n      '/tmp',\n      '/tmp',",
        },
      ],
      guard: 'tools/bash-neighbour',
    },
    {
      name: 'network',
      what: 'commands reach servers of this machine',
      edits: [
        blindGate,
        {
          file: 'worker/executor/bubblewrap-args.ts',
          find: '--unshare-all --die',
          replace: '--unshare-user --unshare-pid --unshare-ipc --unshare-uts --die',
        },
      ],
      guard: 'tools/bash-local-server',
    },
    {
      name: 'kernel_settings',
      what: 'commands change settings of the kernel',
      edits: [
        {
          file: 'worker/executor/bubblewrap-args.ts',
          find: ", ...bind('/proc/sys', '/proc/sys'));",
          replace: ');',
        },
      ],
      guard: 'tools/bash-kernel',
    },
  ]),
];
