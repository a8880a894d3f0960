import { playedIn } from './defence.ts';

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
    {
      name: 'folders_stay_inside',
      what: 'file tools go through linked folders out of the tree',
      edits: [
        {
          file: 'worker/tools/folder.ts',
          find: '  const stat = lstatSync(child, { throwIfNoEntry: false });',
          replace: '  const stat = statSync(child, { throwIfNoEntry: false });',
        },
        {
          file: 'worker/tools/folder.ts',
          find: 'fstatSync, lstatSync, mkdirSync',
          replace: 'fstatSync, lstatSync, statSync, mkdirSync',
        },
        {
          file: 'worker/tools/folder.ts',
          find: 'constants.O_DIRECTORY | constants.O_NOFOLLOW;',
          replace: 'constants.O_DIRECTORY;',
        },
        {
          file: 'worker/tools/workspace.ts',
          find: '      const path = resolveLinks(roots[parseWorkspacePath(input).root], parseWorkspacePath(input));',
          replace: '      const path = parseWorkspacePath(input);',
        },
      ],
      guard: 'tools/linked-folder-neighbour',
    },
  ]),
];
