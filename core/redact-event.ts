import type { ThreadEvent } from './thread.ts';

const INPUT_MAX = 2_000;
const OUTPUT_MAX = 4_000;

/**
 * The event with secrets taken out of every text in it (the model may repeat what it was given), and with tool input
 * and output and commands cut to size after that, so that no part of a secret is left at the cut.
 */
export function redactEvent(event: ThreadEvent, redact: (text: string) => string): ThreadEvent {
  switch (event.type) {
    case 'turn':
      return {
        ...event,
        thinking: redact(event.thinking),
        text: redact(event.text),
        tools: event.tools.map((tool) => ({
          ...tool,
          input: cut(redact(tool.input), INPUT_MAX),
          output: cut(redact(tool.output), OUTPUT_MAX),
        })),
      };
    case 'notice':
      return { ...event, text: redact(event.text) };
    case 'outcome':
      return { ...event, sentence: redact(event.sentence) };
    case 'setup':
    case 'verification':
      return {
        ...event,
        command: cut(redact(event.command), INPUT_MAX),
        output_tail: redact(event.output_tail).slice(-OUTPUT_MAX),
      };
  }
}

// Cuts on a code point, so that no half of a surrogate pair is left.
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(max - 2)) ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}
