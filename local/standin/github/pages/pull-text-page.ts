import { diffText, mergeBase, patchText } from '../git-diff.ts';
import { notFound } from '../github-error.ts';
import { isPull } from '../issue.ts';
import type { PlainText, RepositoryVisit } from './visit.ts';

/** A pull request as a diff or as patches, where its `diff_url` and `patch_url` lead. Throws 404. */
export async function pullTextPage(visit: RepositoryVisit): Promise<PlainText> {
  const { hub, repository } = visit;
  const [number, kind] = visit.param('file').split('.');
  const issue = repository.issues.get(Number(number));
  if (!issue || !isPull(issue)) throw notFound();
  const range = { from: issue.pull.baseSha, to: issue.pull.headSha };
  const from = (await mergeBase(hub.git, repository.dir, range)) ?? range.from;
  const write = kind === 'diff' ? diffText : patchText;
  const bytes = await write(hub.git, repository.dir, { from, to: range.to });
  return { type: 'text', text: bytes.toString('utf8') };
}
