import { checksPage } from './checks-page.ts';
import { codePage, placeInCodePage } from './code-page.ts';
import { commitPage } from './commit-page.ts';
import { changeIssue, issuePage } from './issue-page.ts';
import { issuesPage, pullsPage } from './issues-page.ts';
import { newIssuePage, openIssue } from './new-issue-page.ts';
import { changePull } from './pull-actions.ts';
import { pullCommitsPage } from './pull-commits-page.ts';
import { pullFilesPage } from './pull-files-page.ts';
import { pullPage } from './pull-page.ts';
import { pullTextPage } from './pull-text-page.ts';
import { sendReply } from './pull-threads.ts';
import { changeReview } from './review-actions.ts';
import { pressRun, runPage } from './run-page.ts';
import type { RepositoryVisit, View } from './visit.ts';

const NUMBER = ':number{[0-9]+}';

/** What is shown below a repository's path; the addresses are those of the API's `html_url`. */
export const views: readonly (readonly [path: string, view: (visit: RepositoryVisit) => View])[] = [
  ['', codePage],
  ['/blob/:place{.+}', placeInCodePage],
  ['/tree/:place{.+}', placeInCodePage],
  ['/issues', issuesPage],
  ['/issues/new', newIssuePage],
  [`/issues/${NUMBER}`, issuePage],
  ['/pulls', pullsPage],
  [`/pull/${NUMBER}`, pullPage],
  [`/pull/${NUMBER}/commits`, pullCommitsPage],
  [`/pull/${NUMBER}/files`, pullFilesPage],
  [`/pull/:file{[0-9]+\\.(?:diff|patch)}`, pullTextPage],
  ['/checks', checksPage],
  ['/runs/:id{[0-9]+}', runPage],
  ['/commit/:sha', commitPage],
];

/** What forms do below a repository's path. Each returns the path of the page to show next. */
export const forms: readonly (readonly [
  path: string,
  act: (visit: RepositoryVisit) => Promise<string>,
])[] = [
  ['/issues', openIssue],
  [`/issues/${NUMBER}`, changeIssue],
  [`/pull/${NUMBER}`, changePull],
  [`/pull/${NUMBER}/files`, changeReview],
  [`/pull/${NUMBER}/replies`, sendReply],
  ['/runs/:id{[0-9]+}', pressRun],
];
