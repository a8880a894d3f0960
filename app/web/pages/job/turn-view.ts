import { html } from 'hono/html';
import { visible } from '../../../../core/render/hidden.ts';
import { money } from '../../../../core/render/money.ts';
import { tokens, usageLine } from '../../../../core/render/tokens.ts';
import { totalTokens } from '../../../../core/usage.ts';
import type { TurnEvent } from '../../../../core/thread.ts';
import type { Html } from '../html.ts';
import { badge } from '../text/badge.ts';
import { markdown } from '../text/markdown.ts';
import { marked } from '../text/marked.ts';
import type { StepPlace } from './event-view.ts';
import { toolArgument, toolView } from './tool-view.ts';

/** Names of tools that one line has room for. */
const mostNamed = 3;

/** One answer of the model with its tool calls: a line when folded, all of it when not. */
export function turnView(turn: TurnEvent, { anchor, job, open }: StepPlace): Html {
  const failed = turn.tools.some((tool) => tool.is_error);
  const said = headline(turn);
  return html`<li id="${anchor}">
    <details class="turn" ${open ? 'open' : ''}>
      <summary>
        <b>Turn ${turn.index}</b>
        <span class="headline" dir="auto">${said}</span>
        <span class="side"
          >${failed ? badge('warn', 'error') : ''}
          <span class="called">${called(turn)}</span>
          <span class="amount">${tokens(totalTokens(turn.usage))}</span>
          <span class="amount">${money(turn.cost_micro_usd)}</span></span
        >
      </summary>
      ${
        turn.thinking.trim() === ''
          ? ''
          : html`<details class="thinking" ${turn.text.trim() === '' ? 'open' : ''}>
              <summary>Thinking</summary>
              ${markdown(turn.thinking)}
            </details>`
      }
      ${turn.text.trim() === '' ? '' : markdown(turn.text)} ${turn.tools.map(toolView)}
      <p class="detail">
        <a href="/jobs/${job}?turn=${turn.index}#${anchor}">Link to turn ${turn.index}</a> ·
        ${usageLine(turn.usage)} · ${money(turn.cost_micro_usd)} ${stopWords(turn)}
      </p>
    </details>
  </li>`;
}

/** The first line of what the model said; else what it did first. */
function headline({ text, thinking, tools }: TurnEvent): string {
  const said = [text, thinking].find((one) => one.trim() !== '') ?? '';
  const [first = ''] = visible(said).text.trim().split('\n');
  const plain = first.replaceAll(/[*_`#>]/g, '').trim();
  if (plain !== '') return plain.slice(0, 200);
  const [tool] = tools;
  return tool ? marked(toolArgument(tool)).slice(0, 200) : '';
}

function called({ tools }: TurnEvent): string {
  const names = [...new Set(tools.map(({ name }) => marked(name)))];
  const counted = names.slice(0, mostNamed).map((name) => {
    const count = tools.filter((tool) => tool.name === name).length;
    return count > 1 ? `${name} ×${count}` : name;
  });
  return [...counted, ...(names.length > mostNamed ? ['…'] : [])].join(', ');
}

function stopWords({ stop_reason: reason }: TurnEvent): string {
  return reason === 'tool_use' || reason === 'end_turn' ? '' : `· stopped: ${marked(reason)}`;
}
