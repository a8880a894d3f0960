import { type Defence, playedIn } from './defence.ts';

type Off = Omit<Defence, 'part'>;

/** Else the boot gate finds out what is open, and there is no shell to play with. */
const blindGate = {
  file: 'worker/executor/probe/judge.ts',
  find: '    const found = answers.filter((row) => row.through).map((row) => row.tried);',
  replace: '    const found: string[] = [];',
} as const;

const launch = 'worker/executor/launch-command.ts';
const bubblewrapArgs = 'worker/executor/bubblewrap-args.ts';
const filter = 'worker/executor/seccomp/filter.ts';
const sandboxFile = 'worker/executor/sandbox.ts';

/** What the worker's own environment holds. */
const wholeEnvironment = {
  file: launch,
  find: "const ENV = { PATH: SYSTEM_PATH, LANG: 'C.UTF-8' };",
  replace: "const ENV = { ...process.env, PATH: SYSTEM_PATH, LANG: 'C.UTF-8' };",
} as const;

/** Where the kernel has it, it holds by itself what is switched off beside it. */
const noLandlock = {
  file: launch,
  find: '      ...(sandbox.landlock ? landlockArgs(options) : []),\n',
  replace: '',
} as const;

const wayOut = {
  file: 'worker/executor/egress/start-egress.ts',
  find: '  resolve = publicAddresses(hosts),',
  replace: "  resolve = async () => (void publicAddresses(hosts), ['127.0.0.1']),",
} as const;

/** What every confinement has that runs commands. */
const common = (kind: string): readonly Off[] => [
  {
    name: `${kind}_boot_gate_network`,
    what: 'commands run where the network is open',
    edits: [blindGate],
    guard: 'tools/open-network',
  },
  {
    name: `${kind}_boot_gate_files`,
    what: 'commands run where the files are open',
    edits: [blindGate],
    guard: 'tools/open-files',
  },
  {
    name: `${kind}_setup_addresses`,
    what: 'set-up reaches servers of this machine by its proxy',
    edits: [blindGate, wayOut],
    guard: 'tools/setup-local-server',
  },
  {
    name: `${kind}_setup_tunnel`,
    what: 'set-up reaches servers of this machine by a tunnel',
    edits: [blindGate, wayOut],
    guard: 'tools/setup-tunnel',
  },
  {
    name: `${kind}_system_calls`,
    what: 'commands make every call to the kernel',
    edits: [
      blindGate,
      {
        file: filter,
        find: '    ...Object.values(denied[arch]).flatMap((number) => whenEqual(number, [end(fail(EPERM))])),\n',
        replace: '    ...(denied[arch] ? [] : []),\n',
      },
    ],
    guard: 'tools/system-calls',
  },
];

const bubblewrap: readonly Off[] = [
  ...common('bubblewrap'),
  {
    name: 'file_system',
    what: 'commands see the files of this machine',
    edits: [
      blindGate,
      {
        file: bubblewrapArgs,
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
        file: bubblewrapArgs,
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
        file: bubblewrapArgs,
        find: ", ...bind('/proc/sys', '/proc/sys'));",
        replace: ');',
      },
    ],
    guard: 'tools/bash-kernel',
  },
  {
    name: 'bubblewrap_environment',
    what: 'the environment of the worker goes into the sandbox',
    edits: [
      blindGate,
      wholeEnvironment,
      { file: bubblewrapArgs, find: ' --clearenv', replace: '' },
    ],
    guard: 'tools/executor-environ',
  },
  {
    name: 'bubblewrap_filter',
    what: 'no filter is loaded',
    edits: [
      blindGate,
      {
        file: launch,
        find: "  const loaded = filter ? ['--seccomp', '5'] : [];",
        replace: '  const loaded: string[] = [];',
      },
    ],
    guard: 'tools/rights',
  },
];

const uid: readonly Off[] = [
  ...common('uid'),
  {
    name: 'uid_own_user',
    what: 'commands run as the user of the worker',
    edits: [
      blindGate,
      {
        file: launch,
        find: "      '--reuid',\n      id,\n      '--regid',\n      id,\n",
        replace: "      ...(id === '' ? [id] : []),\n",
      },
      {
        file: launch,
        find: '--no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all',
        replace: '--no-new-privs',
      },
      noLandlock,
    ],
    guard: 'tools/bash-neighbour',
  },
  {
    name: 'uid_network',
    what: 'the filter leaves the network open',
    edits: [
      blindGate,
      {
        file: launch,
        find: "  if (network) return 'network';",
        replace: "  if (network || !network) return 'network';",
      },
    ],
    guard: 'tools/bash-local-server',
  },
  {
    name: 'uid_filter',
    what: 'no filter is loaded',
    edits: [
      blindGate,
      {
        file: launch,
        find: "      ...(bytes ? ['--seccomp-filter', path] : []),\n",
        replace: '',
      },
    ],
    guard: 'tools/bash-local-server',
  },
  {
    name: 'uid_no_new_privileges',
    what: 'a program of another owner gives commands its rights',
    edits: [
      blindGate,
      { file: launch, find: '--no-new-privs ', replace: '' },
      {
        file: launch,
        find: "      ...(bytes ? ['--seccomp-filter', path] : []),\n",
        replace: '',
      },
      noLandlock,
    ],
    guard: 'tools/rights',
  },
  {
    name: 'uid_rights',
    what: 'commands keep rights of root to take',
    edits: [
      blindGate,
      {
        file: launch,
        find: ' --bounding-set=-all',
        replace: '',
      },
    ],
    guard: 'tools/rights',
  },
  {
    name: 'uid_environment',
    what: 'the environment of the worker is handed on',
    edits: [blindGate, wholeEnvironment],
    guard: 'tools/executor-environ',
  },
];

/** Without confinement nothing but the shell being off keeps commands away. */
const shellOff = (kind: 'namespaces' | 'process', network: 'none' | 'host'): Off => ({
  name: `${kind}_shell_off`,
  what: 'commands run where the files are not confined',
  edits: [
    blindGate,
    {
      file: sandboxFile,
      find: `shell: false,\n        network: '${network}',`,
      replace: `shell: true,\n        network: '${network}',`,
    },
  ],
  guard: 'tools/bash-neighbour',
});

const at = { entry: 'tools', tools: 'confined' } as const;

/** What holds commands, for each confinement that may be active on a machine. */
export const confinementDefences: readonly Defence[] = [
  ...playedIn({ ...at, kind: 'bubblewrap' }, bubblewrap),
  ...playedIn({ ...at, kind: 'uid' }, uid),
  ...playedIn({ ...at, kind: 'namespaces' }, [shellOff('namespaces', 'none')]),
  ...playedIn({ ...at, kind: 'process' }, [shellOff('process', 'host')]),
];
