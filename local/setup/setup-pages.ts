import { html } from 'hono/html';
import type { AppRegistration } from './app-registration.ts';
import type { CreatedApp } from './app-file.ts';
import type { ConversionProblem } from './convert-code.ts';
import { type Html, pageFrame } from './page-frame.ts';

/** What goes wrong on the way back from GitHub. */
export type Problem = ConversionProblem | 'unknown_state' | 'used_state' | 'not_kept' | 'finished';

type Offer = Readonly<{
  registration: AppRegistration;
  serverUrl: string;
  state: string;
  appFile: string;
  webhook: 'sent' | 'polled';
}>;

/** The page with the form that posts the manifest to GitHub. */
export function offerPage(offer: Offer): Html {
  const { registration, serverUrl, state, appFile } = offer;
  const query = `settings/apps/new?state=${encodeURIComponent(state)}`;
  return pageFrame(
    'Create the GitHub App',
    html`<p>
        Cody Batch works on GitHub as a GitHub App that belongs to you alone. The button leads to
        ${new URL(serverUrl).host}, which shows the App's name, where you may change it, and creates
        the App when you agree. GitHub then sends you back here, and this server keeps the App's key
        in <code>${appFile}</code>, readable by its own account only.
      </p>
      <form
        method="post"
        action="${serverUrl}/${query}"
        data-organization="${serverUrl}/organizations/:organization/${query}"
      >
        <input type="hidden" name="manifest" value="${JSON.stringify(registration)}" />
        <label for="organization">Organization (optional)</label>
        <input
          id="organization"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          maxlength="40"
          pattern="[A-Za-z0-9][A-Za-z0-9_\\-]*"
          title="The organization's name as it stands in its address"
        />
        <p class="hint">
          Leave it empty for your personal account. The App can be installed only in the account
          that owns it.
          <noscript>Without JavaScript it is created in your personal account.</noscript>
        </p>
        <button class="go">Create the App on GitHub</button>
      </form>
      ${details(offer)}`,
  );
}

function details({ registration, webhook }: Offer): Html {
  const permissions = Object.entries(registration.default_permissions).map(
    ([name, level]) => `${name.replaceAll('_', ' ')}: ${level}`,
  );
  return html`<details>
    <summary>What GitHub is asked for</summary>
    <dl>
      <dt>Permissions</dt>
      <dd>${permissions.join(', ')}</dd>
      <dt>Events</dt>
      <dd>${registration.default_events.map((name) => name.replaceAll('_', ' ')).join(', ')}</dd>
      <dt>Webhook</dt>
      <dd>
        ${
          webhook === 'sent'
            ? registration.hook_attributes.url
            : 'This server has no public address, so it fetches the events from GitHub. The address that stands in the App is a placeholder.'
        }
      </dd>
      <dt>Who may install it</dt>
      <dd>${registration.public ? 'Everyone' : 'Only the account that owns it'}</dd>
    </dl>
  </details>`;
}

type Created = Readonly<{
  app: CreatedApp;
  appFile: string;
  /** What comes now: the server starts, it needs a key first, or it runs in another place. */
  next: 'starting' | 'key' | 'elsewhere';
}>;

/** The page after the App was created. */
export function createdPage({ app, appFile, next }: Created): Html {
  return pageFrame(
    `The App “${app.name}” is created`,
    html`<p>
        Its key is kept in <code>${appFile}</code>. Now choose the repositories that it shall work
        in.
      </p>
      <p><a class="go" href="${app.html_url}/installations/new">Install it on GitHub</a></p>
      <p>${whatComes(next)}</p>`,
  );
}

function whatComes(next: Created['next']): Html {
  const ask = html`write <code>/cody help</code> on an issue of one of these repositories`;
  switch (next) {
    case 'starting':
      return html`The server is starting in the terminal. When it is up, ${ask}.`;
    case 'key':
      return html`The server needs one thing more: set <code>ANTHROPIC_API_KEY</code>, run
        <code>npm start</code> again, and ${ask}.`;
    case 'elsewhere':
      return html`Give the key to your deployment, as its guide says, and remove the file. Then
      ${ask}.`;
  }
}

/** The page for a way that ended early; `settingsUrl` is where the person's Apps are listed. */
export function problemPage(problem: Problem, settingsUrl: string): Html {
  const apps = html`<a href="${settingsUrl}">your Apps on GitHub</a>`;
  const again = html`<p><a class="go" href="/">Start again</a></p>`;
  switch (problem) {
    case 'unknown_state':
      return pageFrame(
        'This does not belong to a page of this server',
        html`<p>
            The answer from GitHub names no page that this server gave to this browser within the
            last hour, so it was not used. Start in this browser, and finish within the hour. If an
            App was created meanwhile, delete it first among ${apps} (an organization's Apps stand
            in its own settings).
          </p>
          ${again}`,
      );
    case 'used_state':
      return pageFrame(
        'This was used already',
        html`<p>
          The same answer from GitHub came a second time, and nothing was done. If the first one
          succeeded, the terminal says so and the server is starting; you can close this page.
        </p>`,
      );
    case 'refused':
      return pageFrame(
        'GitHub does not accept the code',
        html`<p>
            A code from GitHub works once and for one hour. If an App was created but its key never
            arrived here, delete it among ${apps} (an organization's Apps stand in its own
            settings), then start again.
          </p>
          ${again}`,
      );
    case 'unreachable':
      return pageFrame(
        'GitHub did not answer',
        html`<p>
          The App's key could not be fetched. Reload this page in a moment: the code in its address
          stays good for an hour.
        </p>`,
      );
    case 'malformed':
      return pageFrame(
        'GitHub answered something unexpected',
        html`<p>
            The answer did not hold the credentials of an App, and nothing was kept. The code is
            used up: delete the App among ${apps} (an organization's Apps stand in its own
            settings), then start again.
          </p>
          ${again}`,
      );
    case 'not_kept':
      return pageFrame(
        'The credentials could not be written',
        html`<p>
            The App was created, but its key could not be written to the data directory. Make room
            or repair its permissions, delete the App among ${apps} (an organization's Apps stand in
            its own settings), then start again.
          </p>
          ${again}`,
      );
    case 'finished':
      return pageFrame(
        'The App is created',
        html`<p>There is nothing left to do here: the server is starting in the terminal.</p>`,
      );
  }
}
