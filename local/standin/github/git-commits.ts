import type { Git } from './git.ts';
import { readObject } from './git-objects.ts';
import { writeLoose } from './loose-objects.ts';

/** Who and when. `date` in ms, `offset` as git writes it, for example `+0200`. */
export type Signature = Readonly<{ name: string; email: string; date: number; offset: string }>;

export type Commit = Readonly<{
  sha: string;
  tree: string;
  parents: readonly string[];
  author: Signature;
  committer: Signature;
  message: string;
  /** The armoured signature, and the bytes that it signs. */
  signature: string | null;
  payload: string | null;
}>;

/** The commit that a revision names, or undefined when it names none. */
export async function readCommit(
  git: Git,
  dir: string,
  revision: string,
): Promise<Commit | undefined> {
  const object = await readObject(git, dir, `${revision}^{commit}`);
  return object?.type === 'commit'
    ? parseCommit(object.sha, object.bytes.toString('utf8'))
    : undefined;
}

/** Commits named by `rev-list` arguments, newest first, each parsed. */
export async function listCommits(
  git: Git,
  dir: string,
  args: readonly string[],
): Promise<Commit[]> {
  const shas = (await git.text(dir, ['rev-list', ...args])).split('\n').filter((sha) => sha !== '');
  const commits = await Promise.all(shas.map((sha) => readCommit(git, dir, sha)));
  return commits.filter((commit) => commit !== undefined);
}

/** What a new commit says. `sign` returns an armoured signature over the unsigned bytes. */
type NewCommit = Readonly<{
  tree: string;
  parents: readonly string[];
  author: Signature;
  committer: Signature;
  message: string;
  sign?: (payload: string) => string;
}>;

/** Writes a commit object byte for byte as git would, and returns it as read back. */
export async function writeCommit(dir: string, commit: NewCommit): Promise<Commit> {
  const head = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${signatureLine(commit.author)}`,
    `committer ${signatureLine(commit.committer)}`,
  ].join('\n');
  const payload = `${head}\n\n${commit.message}`;
  const signed = commit.sign
    ? `${head}\ngpgsig ${commit.sign(payload).trimEnd().replaceAll('\n', '\n ')}\n\n${commit.message}`
    : payload;
  const sha = await writeLoose(dir, { type: 'commit', bytes: Buffer.from(signed) });
  return parseCommit(sha, signed);
}

/** Parses a raw commit object. */
function parseCommit(sha: string, raw: string): Commit {
  const split = raw.indexOf('\n\n');
  const head = split < 0 ? raw : raw.slice(0, split);
  const signature = /^gpgsig (.*(?:\n .*)*)/m.exec(head)?.[1];
  const field = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(head)?.[1] ?? '';
  return {
    sha,
    tree: field('tree'),
    parents: head
      .matchAll(/^parent ([0-9a-f]{40})$/gm)
      .map((match) => match[1] ?? '')
      .toArray(),
    author: parseSignature(field('author')),
    committer: parseSignature(field('committer')),
    message: split < 0 ? '' : raw.slice(split + 2),
    signature: signature === undefined ? null : `${signature.replaceAll('\n ', '\n')}\n`,
    payload: signature === undefined ? null : raw.replace(/\ngpgsig .*(?:\n .*)*/, ''),
  };
}

function signatureLine(signature: Signature): string {
  const seconds = Math.floor(signature.date / 1_000);
  return `${clean(signature.name)} <${clean(signature.email)}> ${seconds} ${signature.offset}`;
}

function parseSignature(line: string): Signature {
  const match = /^(.*?) ?<(.*?)> (\d+) ([+-]\d{4})$/.exec(line);
  return {
    name: match?.[1] ?? '',
    email: match?.[2] ?? '',
    date: Number(match?.[3] ?? 0) * 1_000,
    offset: match?.[4] ?? '+0000',
  };
}

/** Without what would end a name or a mail address early. */
function clean(text: string): string {
  return text.replace(/[<>\n\0]/g, '').trim();
}
