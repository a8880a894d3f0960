import type { ThreadEvent } from '../../core/thread.ts';

/** The event with secrets taken out of every text in it: the model may repeat what it was given. */
export function redactEvent(event: ThreadEvent, redact: (text: string) => string): ThreadEvent {
  switch (event.type) {
    case 'turn':
      return {
        ...event,
        thinking: redact(event.thinking),
        text: redact(event.text),
        tools: event.tools.map((tool) => ({
          ...tool,
          input: redact(tool.input),
          output: redact(tool.output),
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
        command: redact(event.command),
        output_tail: redact(event.output_tail),
      };
  }
}
