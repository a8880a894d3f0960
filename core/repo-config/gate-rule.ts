import { z } from 'zod';

/** The rules of the publish gate that a server or a file can set. Each is explained in docs/configuration.md. */
export const GateRule = z.enum([
  'workflow',
  'action',
  'code_owners',
  'ci_config',
  'cody_config',
  'git_config',
  'tool_config',
  'agent_instructions',
  'lockfile',
  'install_script',
  'package_source',
  'dependency_source',
  'submodule',
  'executable',
  'symlink',
  'symlink_outside',
  'binary_file',
  'large_file',
  'oversized_file',
  'file_name',
  'unportable_name',
  'name_collision',
  'hidden_characters',
]);
export type GateRule = z.infer<typeof GateRule>;

/** Rules that keep a change from becoming a pull request unless the server says otherwise; all others are shown. */
const blocking: readonly GateRule[] = [
  'code_owners',
  'symlink_outside',
  'oversized_file',
  'file_name',
];

const GateRules = z.array(GateRule).max(GateRule.options.length);

/** What a file in a repository may say of the gate: it makes it stricter. */
export const RepositoryGate = z.strictObject({
  block: GateRules.optional().describe('Rules that keep a change from becoming a pull request'),
});
export type RepositoryGate = z.infer<typeof RepositoryGate>;

/** What the server says of the gate. It alone can have a rule shown that would block. */
export const ServerGate = z.strictObject({
  block: GateRules.default([]),
  flag: GateRules.default([]),
});
export type ServerGate = z.infer<typeof ServerGate>;

/** Returns the rules that block, in their order: the server may loosen the defaults, files only add to them. Pure. */
export function blockingRules(
  server: ServerGate | undefined,
  ...files: readonly (RepositoryGate | undefined)[]
): readonly GateRule[] {
  const loosened = new Set(server?.flag);
  const wanted = new Set([
    ...blocking.filter((rule) => !loosened.has(rule)),
    ...(server?.block ?? []),
    ...files.flatMap((file) => file?.block ?? []),
  ]);
  return GateRule.options.filter((rule) => wanted.has(rule));
}
