import { type Command, type ParsedCommand, parseCommand } from '../../../core/command.ts';
import type { Order } from '../order.ts';
import { placeOf, type ReviewComment, threadOf } from './review-event.ts';
import type { ReviewFacts } from './screen-review.ts';

/** What a review asks for, and where it says so. */
export type ReviewCommand = Readonly<{
  parsed: Order['parsed'];
  /** The texts that hold the command. */
  texts: readonly string[];
  /** The remarks that it is about: those with a command, or all when the review's own text commands. */
  about: readonly ReviewComment[];
  /** The remark with the one command, when there is only one. */
  comment?: ReviewComment;
  /** Where the command is answered; undefined means the conversation. */
  thread_id?: number;
  place?: string;
}>;

type Found = Readonly<{ comment: ReviewComment; parsed: Order['parsed'] }>;

/**
 * Finds the command of a review: in its own text, else in its remarks. Several prompts become one, with the options of
 * the first; a mistake in one of them is a mistake of all. Undefined when there is none. Pure.
 */
export function reviewCommand(facts: ReviewFacts): ReviewCommand | undefined {
  const { review } = facts;
  const text = review.body ?? '';
  const own = parseCommand(text);
  const about = facts.comments.filter((comment) => !isEdited(facts, comment));
  if (own.type !== 'none') return { parsed: own, texts: [text], about };
  const found = about.flatMap((comment) => commandIn(facts, comment));
  const [first] = found;
  if (!first) return undefined;
  const texts = found.map(({ comment }) => comment.body);
  const remarks = found.map(({ comment }) => comment);
  if (found.length === 1) {
    const { comment, parsed } = first;
    return { parsed, texts, about: remarks, comment, thread_id: threadOf(comment) };
  }
  const wrong = found.find(({ parsed }) => parsed.type !== 'command');
  if (wrong) {
    const { comment, parsed } = wrong;
    const place = placeOf(comment);
    return { parsed, texts, about: remarks, thread_id: threadOf(comment), place };
  }
  return { parsed: together(found), texts, about: remarks, thread_id: threadOf(first.comment) };
}

/** Only who submitted the review commands in it. */
function commandIn({ place }: ReviewFacts, comment: ReviewComment): readonly Found[] {
  if (comment.user?.id !== place.sender.id || comment.performed_via_github_app) return [];
  const parsed: ParsedCommand = parseCommand(comment.body);
  return parsed.type === 'none' ? [] : [{ comment, parsed }];
}

/** GitHub touches remarks of a draft once more while it submits the review. */
const submittingMs = 60_000;

/** What somebody made of a remark afterwards is not what was asked. */
function isEdited({ review }: ReviewFacts, { updated_at }: ReviewComment): boolean {
  if (!review.submitted_at) return false;
  return Date.parse(updated_at) > Date.parse(review.submitted_at) + submittingMs;
}

/** As long as one comment may be. */
const maxPrompt = 65_536;

type Prompt = Extract<Command, { type: 'prompt' }>;

function together(found: readonly Found[]): Order['parsed'] {
  const prompts = found.flatMap(({ comment, parsed }) =>
    parsed.type === 'command' && parsed.command.type === 'prompt'
      ? [{ comment, command: parsed.command }]
      : [],
  );
  const [first] = prompts;
  if (!first || prompts.length < found.length) return { type: 'mixed_commands' };
  const items = prompts.map(
    ({ comment, command }, index) =>
      `${index + 1}. At \`${placeOf(comment)}\`:\n\n${command.prompt}`,
  );
  const prompt = [`One review asks for ${items.length} things. Do all of them.`, ...items].join(
    '\n\n',
  );
  if (prompt.length > maxPrompt) return { type: 'usage', problem: { type: 'prompt_too_long' } };
  const excerpt = prompts.map((one) => one.command.prompt).join(' · ');
  const command: Prompt = { ...first.command, prompt, excerpt };
  return { type: 'command', command };
}
