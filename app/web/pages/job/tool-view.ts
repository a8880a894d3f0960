import { html } from 'hono/html';
import { z } from 'zod';
import { duration } from '../../../../core/render/duration.ts';
import type { ToolEvent } from '../../../../core/thread.ts';
import type { Html } from '../html.ts';
import { badge } from '../text/badge.ts';
import { highlighted } from '../text/highlight.ts';
import { languageOf } from '../text/languages.ts';
import { marked } from '../text/marked.ts';
import { diffView } from './diff-view.ts';
import { diffTexts } from './file-diff.ts';

/** What tools are called with, as far as it is shown in a form of its own. */
const Input = z.object({
  command: z.string().optional(),
  file_path: z.string().optional(),
  path: z.string().optional(),
  pattern: z.string().optional(),
  old_string: z.string().optional(),
  new_string: z.string().optional(),
  content: z.string().optional(),
  title: z.string().optional(),
});
type Input = z.infer<typeof Input>;

/** One call of a tool: what it was called with, and what it gave back. */
export function toolView(tool: ToolEvent): Html {
  const input = readInput(tool.input);
  return html`<details class="tool">
    <summary>
      <b>${marked(tool.name)}</b> <code class="headline">${marked(toolArgument(tool))}</code>
      <span class="side"
        >${tool.is_error ? badge('warn', 'error') : ''} ${duration(tool.duration_ms)}</span
      >
    </summary>
    ${inputView(tool, input)} ${outputView(tool)}
  </details>`;
}

/** The one thing that tells calls of a tool apart, on one line. */
export function toolArgument({ input }: Pick<ToolEvent, 'input'>): string {
  const read = readInput(input);
  const named = [read?.command, read?.pattern, read?.file_path ?? read?.path, read?.title];
  const said = named.filter((one) => one !== undefined && one !== '').join(' in ');
  return (said || input).replaceAll(/\s+/g, ' ').slice(0, 300);
}

/** A call is kept as JSON that may be cut: mostly within the last text, which is closed again. */
function readInput(text: string): Input | undefined {
  const cut = text.endsWith('…') ? [`${text.slice(0, -1).replace(/\\+$/, '')}"}`] : [];
  for (const candidate of [text, ...cut]) {
    try {
      return Input.safeParse(JSON.parse(candidate)).data;
    } catch {
      // Not JSON in this form.
    }
  }
  return undefined;
}

function inputView({ name, input }: ToolEvent, read: Input | undefined): Html {
  const isCut = input.endsWith('…')
    ? html`<p class="hint">What it was called with is cut.</p>`
    : '';
  const path = read?.file_path ?? '';
  if (name === 'bash' && read?.command !== undefined)
    return html`<pre tabindex="0">${highlighted(read.command, 'bash')}</pre>
      ${isCut}`;
  if (name === 'edit' && read?.old_string !== undefined && read.new_string !== undefined)
    return html`${diffView(diffTexts(path, read.old_string, read.new_string))}${isCut}`;
  if (name === 'write' && read?.content !== undefined)
    return html`<pre tabindex="0">${highlighted(read.content, languageOf(path))}</pre>
      ${isCut}`;
  return html`<pre class="wrap" tabindex="0">${highlighted(input, 'json')}</pre>`;
}

function outputView({ output }: ToolEvent): Html {
  if (output === '') return html`<p class="hint">No output.</p>`;
  const isDiff = /^(?:diff --git |@@ -\d|--- \S)/m.test(output);
  return html`<pre class="output" tabindex="0">
${highlighted(output, isDiff ? 'diff' : undefined)}</pre>`;
}
