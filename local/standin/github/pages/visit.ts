import type { HtmlEscapedString } from 'hono/utils/html';

import type { Buttons } from '../buttons.ts';
import { GithubError, notFound } from '../github-error.ts';
import type { Hub } from '../hub.ts';
import { isPull, type Issue, type PullIssue } from '../issue.ts';
import {
  type Account,
  atLeast,
  fullName,
  type Repository,
  repositoryByName,
  type Role,
  roleIn,
} from '../world.ts';
import type { ReviewDrafts } from './review-drafts.ts';

/** A piece of a page. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Another page to go to. */
export type Moved = Readonly<{ type: 'moved'; to: string }>;

/** A text that is no page. */
export type PlainText = Readonly<{ type: 'text'; text: string }>;

/** What a path answers with. */
export type View = Html | Moved | Promise<Html | Moved | PlainText>;

/** Sends a REST request as the acting person and returns the answer's body. Throws GithubError on a refusal. */
export type Send = (operation: string, body?: object) => Promise<unknown>;

/** A request for a page, or a form that was sent. */
export type Visit = Readonly<{
  hub: Hub;
  /** Who acts; undefined before a person was chosen. */
  actor: Account | undefined;
  url: URL;
  /** A part of the path; empty when the path does not have it. */
  param: (name: string) => string;
  /** A field of the form; empty when it was not sent. */
  field: (name: string) => string;
  send: Send;
  buttons: Buttons;
  drafts: ReviewDrafts;
}>;

/** A visit to a repository that the person may read. */
export type RepositoryVisit = Visit & Readonly<{ repository: Repository; role: Role }>;

/** Finds the repository of the path. Throws 404 when there is none or the person may not read it. */
export function inRepository(visit: Visit): RepositoryVisit {
  const { hub, actor } = visit;
  const repository = repositoryByName(hub.world, visit.param('owner'), visit.param('repo'));
  if (!repository) throw notFound();
  const role = roleOf(visit, repository);
  if (!atLeast(role, 'read')) throw notFound();
  return { ...visit, actor, repository, role };
}

/** What the acting person may do in a repository; without a person, what the public may. */
export function roleOf({ hub, actor }: Visit, repository: Repository): Role {
  if (actor) return roleIn(hub.world, repository, actor);
  return repository.private ? 'none' : 'read';
}

/** The acting person. Throws 401 when nobody was chosen. */
export function requirePerson(visit: Visit): Account {
  if (!visit.actor) throw new GithubError(401, 'Choose who you are first');
  return visit.actor;
}

/** The path of a repository's page; `rest` begins with a slash. */
export function pathOf(visit: RepositoryVisit, rest = ''): string {
  return `/${fullName(visit.hub.world, visit.repository)}${rest}`;
}

/** The path of a repository below the REST root; `rest` begins with a slash. */
export function apiPathOf(visit: RepositoryVisit, rest: string): string {
  return `/repos/${fullName(visit.hub.world, visit.repository)}${rest}`;
}

/** The issue or pull request of the path. Throws 404. */
export function issueOf(visit: RepositoryVisit): Issue {
  const issue = visit.repository.issues.get(Number(visit.param('number')));
  if (!issue) throw notFound();
  return issue;
}

/** The pull request of the path. Throws 404. */
export function pullOf(visit: RepositoryVisit): PullIssue {
  const issue = issueOf(visit);
  if (!isPull(issue)) throw notFound();
  return issue;
}
