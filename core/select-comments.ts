import type { LeftOut } from './gathered-context.ts';
import type { IssueComment } from './github/conversation.ts';
import type { Author } from './github/write-check.ts';
import { cutText } from './render/cut-text.ts';

/** The command that comments are selected for. */
export type CommandTime = Readonly<{
  /** Comments from this one on are left out; undefined when the command is no comment of the conversation. */
  comment_id: number | undefined;
  /** When it was written, Unix ms. What was changed later is left out. */
  at: number;
}>;

type Options = Readonly<{
  command: CommandTime;
  /** Whether an author may write in the repository now. */
  writes: (author: Author | null | undefined) => Promise<boolean>;
  caps?: Caps;
}>;

type Caps = Readonly<{ comments: number; length: number; total: number }>;

/** Lengths in characters, of one comment and of all. */
const usualCaps: Caps = { comments: 40, length: 4_000, total: 60_000 };

/** Each author is a question to GitHub. */
const maxAuthors = 30;

/** Hidden lines of our own comments begin so: what they say, we know. */
const ours = '<!-- cody-batch:';

const cut = '\n(the rest is left out)';

/**
 * Selects from comments (the oldest first) those that a prompt is told: written before the command by people who may
 * write now, and not changed since; the newest of them, each cut to size. Authors are asked about until enough is
 * found. Throws what `writes` throws.
 */
export async function selectComments(
  comments: readonly IssueComment[],
  { command, writes, caps = usualCaps }: Options,
): Promise<Readonly<{ kept: readonly IssueComment[]; left_out: LeftOut }>> {
  const left_out = { others: 0, edited: 0, older: 0 };
  const kept: IssueComment[] = [];
  const authors = new Set<number>();
  let total = 0;
  const before = comments.filter((one) => isBefore(one, command) && !isOurs(one));
  for (const comment of before.toReversed()) {
    const author = comment.user?.id ?? 0;
    const body = shortened(comment.body ?? '', caps.length);
    const full =
      kept.length === caps.comments ||
      total + body.length > caps.total ||
      (authors.size === maxAuthors && !authors.has(author));
    if (Date.parse(comment.updated_at) > command.at) left_out.edited += 1;
    else if (full) left_out.older += 1;
    else {
      authors.add(author);
      if (await writes(comment.user)) {
        kept.push({ ...comment, body });
        total += body.length;
      } else left_out.others += 1;
    }
  }
  return { kept: kept.toReversed(), left_out };
}

/** Ids rise; a command that is no comment is placed by its time. */
function isBefore({ id, created_at }: IssueComment, { comment_id, at }: CommandTime): boolean {
  return comment_id === undefined ? Date.parse(created_at) < at : id < comment_id;
}

/** Anyone may begin a comment like ours. */
function isOurs({ body, user }: IssueComment): boolean {
  return user?.type === 'Bot' && (body ?? '').startsWith(ours);
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${cutText(text, length)}${cut}`;
}
