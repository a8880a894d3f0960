import { accountPayload, nodeId, time } from './payload-account.ts';
import { accountById, fullName, type Repository, type World } from './world.ts';

/** The repository's address below the REST root. */
export function repositoryUrl(world: World, repository: Repository): string {
  return `${world.origin}/repos/${fullName(world, repository)}`;
}

/** The repository's address as a page; with `.git` it is the address for git. */
export function repositoryPage(world: World, repository: Repository): string {
  return `${world.origin}/${fullName(world, repository)}`;
}

/** A repository in every field of GitHub's `full-repository`, which the smaller shapes are parts of. */
export function repositoryPayload(world: World, repository: Repository) {
  const open = repository.issues
    .values()
    .filter((issue) => issue.state === 'open')
    .toArray().length;
  const page = repositoryPage(world, repository);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(world, repository),
    owner: accountPayload(world, accountById(world, repository.ownerId)),
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    html_url: page,
    description: null,
    fork: false,
    ...addresses(repositoryUrl(world, repository)),
    git_url: `${page.replace(/^http/, 'git')}.git`,
    ssh_url: `git@${new URL(page).hostname}:${fullName(world, repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 0,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    network_count: 0,
    subscribers_count: 0,
    open_issues: open,
    open_issues_count: open,
    default_branch: repository.defaultBranch,
    is_template: false,
    topics: [],
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: repository.archived,
    disabled: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    custom_properties: {},
    created_at: time(repository.createdAt),
    updated_at: time(repository.pushedAt),
    pushed_at: time(repository.pushedAt),
  };
}

function addresses(url: string) {
  return {
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}
