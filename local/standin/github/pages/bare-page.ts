import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

import type { WireAnswer } from '../pipeline.ts';

/** A piece of a page. */
type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A page that belongs to nobody yet: without the acting person and without tabs. */
export async function barePage(status: number, title: string, body: Html): Promise<WireAnswer> {
  const text = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · demo</title>
        <link rel="stylesheet" href="/pages/style.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header class="top">
          <a class="home" href="/">Demo forge</a>
          <span class="note">a stand-in for GitHub on this machine</span>
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;
  return {
    type: 'answer',
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: Buffer.from(String(text)),
  };
}
