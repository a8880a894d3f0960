import { type Defence, playedIn } from './defence.ts';

const paths = 'worker/publish/gate/path-rules.ts';
const files = 'worker/publish/gate/file-rules.ts';
const scan = 'worker/publish/scan.ts';

type Off = Omit<Defence, 'part'>;

/** A rule that goes by names tells another one. */
function byName(rule: string, guard: string): Off {
  const other = rule === 'lockfile' ? 'action' : 'lockfile';
  // Prettier breaks a long line behind the bracket.
  const short = ['action', 'code_owners', 'cody_config', 'lockfile', 'submodule'].includes(rule);
  const before = short ? '  [' : '    ';
  return {
    name: `gate_${rule}`,
    what: `${rule} is not looked for`,
    edits: [{ file: paths, find: `${before}'${rule}',`, replace: `${before}'${other}',` }],
    guard: `output/gate-${guard}`,
  };
}

/** A rule that goes by what a file is. */
function byFile(rule: string, find: string, guard: string): Off {
  const replace = '  if (rules.length < 0) rules.push(';
  return {
    name: `gate_${rule}`,
    what: `${rule} is not looked for`,
    edits: [{ file: files, find: `  ${find} rules.push(`, replace }],
    guard: `output/gate-${guard}`,
  };
}

export const gateDefences = playedIn({ entry: 'output' }, [
  byName('action', 'action'),
  byName('code_owners', 'code-owners'),
  byName('ci_config', 'ci-config'),
  byName('cody_config', 'cody-config'),
  byName('git_config', 'git-config'),
  byName('tool_config', 'tool-config'),
  byName('agent_instructions', 'agents'),
  byName('lockfile', 'lockfile'),
  byName('install_script', 'setup-py'),
  byName('package_source', 'package-source'),
  byName('submodule', 'submodule'),
  {
    name: 'gate_any_case',
    what: 'names count in one case only',
    edits: [
      {
        file: paths,
        find: '(pattern.test(path) ? [rule] : [])',
        replace: '(new RegExp(pattern.source).test(path) ? [rule] : [])',
      },
    ],
    guard: 'output/gate-code-owners-case',
  },
  byFile('file_name', 'if (isOddName(path))', 'name-hidden'),
  byFile('name_collision', 'if (collides)', 'name-collision'),
  byFile('executable', "if (mode === '100755' && modeBefore !== '100755')", 'executable'),
  byFile('oversized_file', "if (mode !== '120000' && size > oversized)", 'oversized'),
  byFile('large_file', "if (mode !== '120000' && size > large && size <= oversized)", 'large'),
  byFile('binary_file', "if (mode !== '120000' && content?.includes(0))", 'binary'),
  byFile('hidden_characters', 'if (added.some(hidesText))', 'hidden-line'),
  byFile('symlink', "if (mode === '120000')", 'symlink'),
  {
    name: 'gate_symlink_outside',
    what: 'links may lead out of the repository',
    edits: [
      {
        file: files,
        find: "leadsOutside(file) ? 'symlink_outside' : 'symlink'",
        replace: "leadsOutside(file) ? 'symlink' : 'symlink'",
      },
    ],
    guard: 'output/gate-symlink-up',
  },
  {
    name: 'gate_blocks',
    what: 'rules that block are only told',
    edits: [
      {
        file: 'worker/publish/gate/gate.ts',
        find: '  if (blocked.length > 0) {',
        replace: '  if (blocked.length > 1000) {',
      },
    ],
    guard: 'output/gate-code-owners',
  },
  {
    name: 'gate_manifests',
    what: 'scripts in manifests are not looked for',
    edits: [
      {
        file: 'worker/publish/gate/gate.ts',
        find: ', ...manifestRules(file)]',
        replace: ', ...(file ? [] : manifestRules(file))]',
      },
    ],
    guard: 'output/gate-postinstall',
  },
  {
    name: 'quoted_names',
    what: 'a name in quotes hides its lines from the gate',
    edits: [
      {
        file: 'worker/publish/changed-lines.ts',
        find: "const name = unquoted(line.slice(4).replace(/\\t$/, ''));",
        replace: "const name = [unquoted, line.slice(4).replace(/\\t$/, '')][1] as string;",
      },
    ],
    guard: 'output/gate-hidden-quoted-name',
  },
  {
    name: 'gate_workflow_permission',
    what: 'workflows are published without the permission for them',
    edits: [
      {
        file: scan,
        find: "  if (!workflow || permissions['workflows'] === 'write') return;",
        replace: '  if (!workflow || permissions) return;',
      },
    ],
    guard: 'output/patch-workflow',
  },
  {
    name: 'scan_files',
    what: 'files of a change are published with a key in them',
    edits: [
      {
        file: scan,
        find: '  assertNoSecrets(input, added);\n',
        replace: '  void assertNoSecrets;\n',
      },
    ],
    guard: 'output/patch-key-anthropic-key',
  },
  {
    name: 'scan_names',
    what: 'a key leaves in the name of a file',
    edits: [
      {
        file: scan,
        find: '    if (ours(input, Buffer.from(change.path))) throw',
        replace: '    if (change.path === Buffer.name) throw',
      },
    ],
    guard: 'output/patch-key-name',
  },
  {
    name: 'scan_pieces',
    what: 'a key leaves in pieces',
    edits: [
      {
        file: scan,
        find: '  if (added.length > 1 && input',
        replace: '  if (added.length > 1000 && input',
      },
    ],
    guard: 'output/patch-key-pieces',
  },
  {
    name: 'scan_layers',
    what: 'a key leaves packed or encoded twice',
    edits: [
      {
        file: 'core/redact.ts',
        find: 'for (const layer of unpack(content)) {',
        replace: 'for (const layer of [content].filter(() => unpack.length < 9)) {',
      },
    ],
    guard: 'output/patch-key-packed',
  },
  {
    name: 'publish_permission',
    what: 'work of somebody who has lost the permission is published',
    edits: [
      {
        file: 'worker/publish/find-target.ts',
        find: '  if (mayWrite(level)) return;',
        replace: '  if (mayWrite(level) || level) return;',
      },
    ],
    guard: 'output/patch-permission-read',
  },
  {
    name: 'publish_paths',
    what: 'files are published that nobody let it change',
    edits: [
      {
        file: 'worker/publish/publish.ts',
        find: '  assertInScope(settings.paths, changes);\n',
        replace: '  void assertInScope;\n',
      },
    ],
    guard: 'output/patch-scope',
  },
]);
