import { z } from 'zod';
import type { ActorTurn, Conversation } from '../actor.ts';

export type Outcome = 'passed' | 'failed';

/** What the actor reports at the end. */
export type Report = Readonly<{
  title: string;
  summary: string;
  changes?: readonly string[];
  verification?: readonly Readonly<{ command: string; outcome: Outcome; detail: string }>[];
  notDone?: readonly string[];
  risks?: readonly string[];
}>;

const MAX_TITLE = 70;
const OUTCOME_WORDS: Readonly<Record<Outcome, readonly string[]>> = {
  passed: ['passed', 'pass', 'green', 'ok', 'success'],
  failed: ['failed', 'fail', 'red', 'error'],
};

const SubmitSchema = z.object({
  properties: z.object({
    verification: z.object({
      items: z.object({
        properties: z.object({ outcome: z.object({ enum: z.array(z.string()).optional() }) }),
      }),
    }),
  }),
});

/** Returns the turn that submits the report, in the terms of the conversation's `submit` tool. */
export function submitTurn(conversation: Conversation, report: Report): ActorTurn {
  const tool = conversation.tools.find(({ name }) => name === 'submit');
  const summary = `${report.summary}\n\nThis was done by a scripted model: fixed rules, no language model.`;
  if (tool === undefined) return { text: summary };
  const schema = SubmitSchema.safeParse(tool.input_schema);
  const allowed = schema.success
    ? (schema.data.properties.verification.items.properties.outcome.enum ?? null)
    : null;
  return {
    thinking: `Nothing is left to try. I submit: ${report.title}`,
    toolUses: [
      {
        name: 'submit',
        input: {
          title: shorten(report.title),
          summary,
          changes: report.changes ?? [],
          verification: (report.verification ?? []).map(({ command, outcome, detail }) => ({
            command,
            outcome: outcomeWord(outcome, { detail, allowed }),
          })),
          not_done: report.notDone ?? [],
          risks: report.risks ?? [],
        },
      },
    ],
  };
}

/** Returns the turn of an actor that cannot go on, with the reason in plain sight and no claim of success. */
export function stuckTurn(conversation: Conversation, reason: string): ActorTurn {
  return submitTurn(conversation, {
    title: 'Could not work on the request',
    summary: `I am stuck: ${reason}.`,
    notDone: [`The request. ${reason}.`],
  });
}

function outcomeWord(
  outcome: Outcome,
  { detail, allowed }: { detail: string; allowed: readonly string[] | null },
): string {
  if (allowed === null) return detail;
  return OUTCOME_WORDS[outcome].find((word) => allowed.includes(word)) ?? allowed[0] ?? detail;
}

function shorten(title: string): string {
  return title.length <= MAX_TITLE ? title : `${title.slice(0, MAX_TITLE - 1)}…`;
}
