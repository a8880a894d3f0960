import { z } from 'zod';
import { duration } from '../../core/render/duration.ts';
import { money } from '../../core/render/money.ts';
import { usageLine } from '../../core/render/tokens.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import type { Tools } from '../../worker/agent/agent.ts';
import type { ModelAnswer, ModelCall, ModelFailure } from '../../worker/agent/model-call.ts';
import { textOf, thinkingOf } from '../../core/tool-call.ts';
import type { ToolResult } from '../../worker/tools/tool-result.ts';
import { plainLine, plainText } from './plain-text.ts';

/** How a line looks where colour is on. Without it every line still says the same. */
export type Style = 'dim' | 'bold' | 'red' | 'green';

type Deps = Readonly<{
  write: (text: string) => void;
  /** Gives the text back as it is where colour is off. */
  paint: (style: Style, text: string) => string;
  redact: (text: string) => string;
}>;

/** Shows a run while it goes on: what the model says, each tool as it starts, costs per turn. */
export type Progress = Readonly<{
  line: (text: string) => void;
  event: (event: ThreadEvent) => void;
  watchModel: (model: ModelCall) => ModelCall;
  watchTools: (tools: Tools) => Tools;
}>;

/** A result that took longer than this gets a line of its own, in ms. */
const slowMs = 2_000;

/** Binds progress to where text goes. */
export function createProgress(deps: Deps): Progress {
  const { write, paint, redact } = deps;
  const line = (text: string) => write(`${text}\n`);
  let cost = 0;
  return {
    line,
    event(event) {
      if (event.type === 'turn') cost += event.cost_micro_usd;
      for (const text of eventLines(event, cost)) line(paint(styleOf(event), text));
    },
    watchModel: (model) => async (request, signal) => {
      const reply = await model(request, signal);
      for (const text of spoken(reply, redact)) line(text);
      return reply;
    },
    watchTools: (tools) => ({
      ...tools,
      run: async (call, signal) => {
        line(`  ${paint('bold', plainLine(call.name, 40))}  ${redact(target(call.input))}`);
        const result = await tools.run(call, signal);
        for (const text of ended(call.name, result)) {
          line(paint(result.is_error ? 'red' : 'dim', `    ${redact(text)}`));
        }
        return result;
      },
    }),
  };
}

function styleOf(event: ThreadEvent): Style {
  if (event.type === 'setup' || event.type === 'verification') {
    return event.exit_code === 0 ? 'green' : 'red';
  }
  return 'dim';
}

function eventLines(event: ThreadEvent, cost: number): readonly string[] {
  switch (event.type) {
    case 'turn':
      return [
        `turn ${event.index} · ${usageLine(event.usage)} · ${money(event.cost_micro_usd)} · ${money(cost)} so far`,
      ];
    case 'notice':
      return [`note: ${plainText(event.text)}`];
    case 'outcome':
      // The closing lines tell it, with the next step.
      return [];
    case 'setup':
    case 'verification':
      return commandLines(event);
  }
}

function commandLines(
  event: Extract<ThreadEvent, { type: 'setup' | 'verification' }>,
): readonly string[] {
  const label = event.type === 'setup' ? 'set-up' : 'verification';
  const end = event.timed_out ? 'timed out' : `exit code ${event.exit_code ?? 'none'}`;
  const head = `${label}: ${plainLine(event.command, 200)} · ${end} · ${duration(event.duration_ms)}`;
  if (event.exit_code === 0) return [head];
  const tail = plainText(event.output_tail).trimEnd().split('\n').slice(-15);
  return [head, ...tail.map((text) => `  ${text}`)];
}

function spoken(
  reply: ModelAnswer | ModelFailure,
  redact: (text: string) => string,
): readonly string[] {
  if (reply.type === 'failure') {
    return reply.error === 'aborted' ? [] : [`The model gave no answer (${reply.error}).`];
  }
  const text = textOf(reply.content) || thinkingOf(reply.content);
  return text === '' ? [] : ['', plainText(redact(text))];
}

const Input = z.object({
  command: z.string().optional(),
  file_path: z.string().optional(),
  pattern: z.string().optional(),
  title: z.string().optional(),
});

function target(input: unknown): string {
  const { data } = Input.safeParse(input);
  return plainLine(data?.command ?? data?.file_path ?? data?.pattern ?? data?.title ?? '', 160);
}

function ended(name: string, result: ToolResult): readonly string[] {
  const time = duration(result.duration_ms);
  if (name === 'bash' && result.exit_code !== undefined) {
    return [`exit code ${result.exit_code} · ${time}`];
  }
  const [first] = result.content;
  if (result.is_error) {
    return [`error: ${plainLine(first?.type === 'text' ? first.text : '', 160)} · ${time}`];
  }
  return result.duration_ms >= slowMs ? [time] : [];
}
