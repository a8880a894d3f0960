import type { ActorTurn, Conversation } from '../actor.ts';
import { answerQuestion } from './answer-question.ts';
import { fixDurations } from './fix-durations.ts';
import { firstLine, kindOfPrompt } from './prompt-words.ts';
import { mentionInReadme } from './mention-in-readme.ts';
import { isPlan, planWork } from './plan-work.ts';
import { readConversation } from './read-conversation.ts';
import { sampleJson } from './sample-json.ts';
import { submitTurn } from './submit-turn.ts';

const MAX_SUBMITS = 3;

/**
 * Returns the next turn of a rule-based developer who knows one kind of bug, durations in the wrong words, and can add
 * a sentence to a README. It works
 * from the tool output alone, so it gets stuck, and says so, when that output leaves out what it needs.
 */
export function demoActor(conversation: Conversation): ActorTurn {
  if (conversation.outputSchema !== null) {
    return { text: JSON.stringify(sampleJson(conversation.outputSchema)) };
  }
  if (!conversation.tools.some(({ name }) => name === 'submit')) {
    return { text: 'This is a scripted model. It has no findings.' };
  }
  const seen = readConversation(conversation);
  const work = seen.calls.filter(({ name }) => name !== 'submit');
  if (seen.calls.length - work.length >= MAX_SUBMITS) {
    return { text: 'This is a scripted model. It has submitted what it has.' };
  }
  const atWork = { ...seen, calls: work };
  if (isPlan(seen.prompt)) return planWork(conversation, atWork);
  switch (kindOfPrompt(seen.prompt)) {
    case 'question':
      return answerQuestion(conversation, atWork);
    case 'fix':
      return fixDurations(conversation, atWork);
    case 'mention':
      return mentionInReadme(conversation, atWork);
    case 'other':
      return submitTurn(conversation, {
        title: 'No rule for this request',
        summary: `I have no rule for this request and changed nothing: ${firstLine(seen.prompt)}`,
        notDone: [`The request: ${firstLine(seen.prompt)}`],
      });
  }
}
