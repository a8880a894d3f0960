import { type Commit, filesOf } from './commit.ts';
import { readBlobs } from './objects.ts';

/** Where GitHub looks for a template, the first one that is there counts. Names are told apart by no letter's case. */
const places = ['.github/', '', 'docs/'].flatMap((folder) =>
  ['md', 'txt'].map((ending) => `${folder}pull_request_template.${ending}`),
);

const maxBytes = 10 * 1024;

/**
 * Returns the template for descriptions of pull requests in a commit; undefined when there is none, or it is longer
 * than 10 KiB. Throws `GitError`.
 * Source: GitHub, "Creating a pull request template for your repository".
 */
export async function readPullRequestTemplate(from: Commit): Promise<string | undefined> {
  const files = (await filesOf(from)).filter(({ mode }) => mode.startsWith('100'));
  const byName = new Map(files.map((file) => [file.path.toLowerCase(), file]));
  const file = places.flatMap((place) => byName.get(place) ?? [])[0];
  if (!file || (file.size ?? maxBytes + 1) > maxBytes) return undefined;
  const [bytes] = await readBlobs(from, [file.sha]);
  const text = bytes?.toString('utf8').trim() ?? '';
  return text === '' ? undefined : text;
}
