import type { ThreadEvent, ToolEvent, TurnEvent } from '../thread.ts';
import { duration } from './duration.ts';
import { blocks, codeFence, codeSpan, details, inline } from './markdown.ts';
import type { LinkHosts } from './link-hosts.ts';
import { modelText } from './model-text.ts';
import { money } from './money.ts';
import { usageLine } from './tokens.ts';

/** Returns one step of a thread as Markdown: the text open, tools and thinking folded. */
export function renderThreadEvent(event: ThreadEvent, hosts?: LinkHosts): string {
  switch (event.type) {
    case 'turn':
      return turn(event, hosts);
    case 'setup':
    case 'verification':
      return command(event);
    case 'notice':
      return `_${inline(event.text)}_`;
    case 'outcome':
      return `**Outcome:** ${codeSpan(event.code)}. ${inline(event.sentence)}`;
  }
}

function turn(event: TurnEvent, hosts: LinkHosts | undefined): string {
  const stopped =
    event.stop_reason === 'tool_use' || event.stop_reason === 'end_turn'
      ? ''
      : ` · stopped: ${inline(event.stop_reason)}`;
  return blocks([
    `#### Turn ${event.index}`,
    event.thinking.trim() === ''
      ? undefined
      : details('Thinking', modelText(event.thinking, hosts)),
    event.text.trim() === '' ? undefined : modelText(event.text, hosts),
    ...event.tools.map(tool),
    `tokens: ${usageLine(event.usage)} · ${money(event.cost_micro_usd)}${stopped}`,
  ]);
}

function tool(event: ToolEvent): string {
  const head = [
    `<code>${html(event.name)}</code>`,
    `<code>${html(event.input.slice(0, 100))}</code>`,
    duration(event.duration_ms),
    ...(event.is_error ? ['error'] : []),
  ];
  return details(
    head.join(' · '),
    blocks([codeFence(event.input, 'json'), codeFence(event.output || '(no output)')]),
  );
}

function command(event: Extract<ThreadEvent, { type: 'setup' | 'verification' }>): string {
  const label = event.type === 'setup' ? 'Set-up' : 'Verification';
  const end = event.timed_out ? 'timed out' : `exit code ${event.exit_code ?? 'none'}`;
  return details(
    `${label}: <code>${html(event.command.slice(0, 200))}</code> · ${end} · ${duration(event.duration_ms)}`,
    codeFence(event.output_tail || '(no output)'),
  );
}

/** Text inside of our own HTML, on one line; GitHub links no names inside of code. */
function html(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\P{C} ]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*_`[\]\\~|]/g, (char) => `&#${char.charCodeAt(0)};`);
}
