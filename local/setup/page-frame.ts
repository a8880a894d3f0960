import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Escaped HTML, ready to be sent. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const style = `
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --back: #f6f8fa; --card: #fff; --line: #d1d9e0; --go: #1a7f37; --link: #0969da; }
@media (prefers-color-scheme: dark) {
  :root { --text: #f0f6fc; --soft: #9198a1; --back: #0d1117; --card: #151b23; --line: #3d444d; --go: #238636; --link: #4493f8; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 40rem; margin: 8vh auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
a { color: var(--link); }
label { display: block; margin-bottom: .25rem; font-weight: 600; }
input { width: 100%; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 6px; }
.hint { margin: .25rem 0 1.25rem; color: var(--soft); font-size: .875rem; }
.go { display: inline-block; padding: .55rem 1.1rem; font: inherit; font-weight: 600; color: #fff; background: var(--go); border: 0; border-radius: 6px; text-decoration: none; cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
details { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .75rem 0 0; font-size: .875rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: .875em ui-monospace, monospace; overflow-wrap: anywhere; }
@media (max-width: 44rem) { main { margin: 0; min-height: 100vh; padding: 1.25rem; border: 0; border-radius: 0; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
`;

/** The owner stands in the path of the address that the form is posted to. */
const script = `
const form = document.querySelector('form');
if (form) {
  const personal = form.action;
  form.addEventListener('submit', () => {
    const name = document.querySelector('#organization').value.trim();
    form.action = name === '' ? personal : form.dataset.organization.replace(':organization', encodeURIComponent(name));
  });
}
`;

/** What the pages may do: their own style and script, and a form that goes to the GitHub server and nowhere else. */
export function contentSecurityPolicy(serverUrl: string): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    `form-action ${new URL(serverUrl).origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** A whole page around a heading and its contents. */
export function pageFrame(title: string, contents: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Cody Batch</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${contents}
        </main>
        ${raw(`<script>${script}</script>`)}
      </body>
    </html>`;
}
