import type { GateRule } from '../../../core/repo-config/gate-rule.ts';
import { lockfile } from '../findings.ts';

/** Files that act by their name: something runs or obeys them, wherever they come from. Case does not count. */
const named: readonly (readonly [GateRule, RegExp])[] = [
  ['workflow', /^\.github\/workflows\//i],
  ['action', /(?:^|\/)action\.ya?ml$|^\.github\/actions\//i],
  ['code_owners', /^(?:\.github\/|docs\/)?CODEOWNERS$/i],
  [
    'ci_config',
    /^(?:\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines[^/]*\.ya?ml|appveyor\.ya?ml|\.appveyor\.ya?ml|bitbucket-pipelines\.ya?ml|buildspec[^/]*\.ya?ml|cloudbuild[^/]*\.ya?ml|Jenkinsfile[^/]*|\.drone\.ya?ml|\.woodpecker\.ya?ml|\.cirrus\.ya?ml|\.semaphore\/.*|\.circleci\/.*|\.buildkite\/.*|\.woodpecker\/.*|\.teamcity\/.*|\.gitlab\/.*|\.github\/dependabot\.ya?ml|renovate\.json5?|\.github\/renovate\.json5?)$/i,
  ],
  ['cody_config', /^(?:\.github\/)?cody\.ya?ml$/i],
  [
    'git_config',
    /(?:^|\/)(?:\.gitattributes|\.lfsconfig|\.gitconfig|\.mailmap|\.git-blame-ignore-revs|\.pre-commit-config\.ya?ml|\.pre-commit-hooks\.ya?ml|\.overcommit\.yml|\.lintstagedrc[^/]*|lint-staged\.config\.[cm]?[jt]s|\.simple-git-hooks\.[cm]?js(?:on)?|\.?lefthook[^/]*\.(?:ya?ml|toml|json))$|(?:^|\/)(?:\.husky|\.githooks)\//i,
  ],
  [
    'tool_config',
    /(?:^|\/)(?:\.vscode|\.idea|\.fleet|\.zed|\.devcontainer|\.claude|\.cursor|\.codex|\.gemini|\.windsurf|\.continue|\.aider|\.kiro)\/|(?:^|\/)(?:\.mcp\.json|\.devcontainer\.json|[^/]+\.code-workspace|\.aider\.conf\.ya?ml|\.envrc|\.nvim\.lua|\.exrc|\.vimrc|\.dir-locals\.el|\.gitpod\.ya?ml|\.replit|\.?mise(?:\.[^/]+)?\.toml|\.config\/mise\.toml|\.rtx\.toml|\.tool-versions|\.asdfrc)$|(?:^|\/)\.?mise\/|(?:^|\/)\.config\/mise\//i,
  ],
  [
    'agent_instructions',
    /(?:^|\/)(?:AGENTS(?:\.[^/]+)?\.md|CLAUDE(?:\.[^/]+)?\.md|GEMINI\.md|\.cursorrules|\.windsurfrules|\.clinerules|copilot-instructions\.md|[^/]+\.instructions\.md|SKILL\.md)$/i,
  ],
  ['lockfile', new RegExp(lockfile.source, 'i')],
  [
    'install_script',
    /(?:^|\/)(?:setup\.py|build\.rs|hatch_build\.py|hatch\.toml|binding\.gyp|extconf\.rb|\.pnpmfile\.[cm]?js|\.pnp\.c?js|\.pnp\.loader\.mjs|package\.(?:ya?ml|json5)|conftest\.py|(?:site|user)customize\.py|[^/]+\.pth|Directory\.(?:Build|Solution)\.(?:props|targets|rsp)|init\.gradle(?:\.kts)?|[^/]+\.init\.gradle(?:\.kts)?|init\.d\/[^/]+\.gradle(?:\.kts)?)$/i,
  ],
  [
    'package_source',
    /(?:^|\/)(?:\.npmrc|\.yarnrc|\.yarnrc\.ya?ml|\.pypirc|pip\.conf|\.pip\/[^/]+|bunfig\.toml|uv\.toml|\.?pdm\.toml|poetry\.toml|rust-toolchain(?:\.toml)?|\.cargo\/config(?:\.toml)?|\.bundle\/config|nuget\.config|\.mvn\/.*|gradle-wrapper\.(?:properties|jar)|gradlew(?:\.bat)?|mvnw(?:\.cmd)?|\.yarn\/(?:releases|plugins)\/.*)$/i,
  ],
  ['submodule', /(?:^|\/)\.gitmodules$/i],
];

/** Returns the rules that a path meets by its name. Pure. */
export function pathRules(path: string): readonly GateRule[] {
  return named.flatMap(([rule, pattern]) => (pattern.test(path) ? [rule] : []));
}
