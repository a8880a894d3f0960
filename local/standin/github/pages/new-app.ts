import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

import { GithubError, notFound } from '../github-error.ts';
import type { Hub } from '../hub.ts';
import { readRegistration, type Registration } from '../manifest-check.ts';
import { type OpenApiDocument, readOpenApiDocument } from '../openapi-document.ts';
import type { WireAnswer, WireRequest } from '../pipeline.ts';
import { type ManifestCodes, requireFreeName } from '../routes-manifest.ts';
import { type Account, accountByLogin } from '../world.ts';
import { barePage } from './bare-page.ts';

/** A piece of a page. */
type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** The pages on which a person agrees to an App. `serves` tells which paths are theirs. */
export type NewAppPages = Readonly<{
  serves: (pathname: string) => boolean;
  handle: (request: WireRequest) => Promise<WireAnswer>;
}>;

const PATH = /^(?:\/organizations\/(?<organization>[^/]+))?\/settings\/apps(?<fresh>\/new)?$/;

type Deps = Readonly<{ hub: Hub; codes: ManifestCodes }>;

/**
 * Creates the pages of the manifest flow: a site posts a manifest, the person names the App and agrees, and the browser
 * goes back to the site with a code and the site's state. Nobody signs in: the first person of the world agrees.
 * Source: GitHub docs, "Registering a GitHub App from a manifest".
 */
export function createNewAppPages({ hub, codes }: Deps): NewAppPages {
  let document: Promise<OpenApiDocument> | undefined;
  return {
    serves: (pathname) => PATH.test(pathname),
    handle: async (request) => {
      try {
        document ??= readOpenApiDocument();
        return await answer({ hub, codes, document: await document }, request);
      } catch (error) {
        if (!(error instanceof GithubError)) throw error;
        return await barePage(error.status, 'That did not work', html`<p>${error.message}</p>`);
      }
    },
  };
}

async function answer(
  deps: Deps & Readonly<{ document: OpenApiDocument }>,
  request: WireRequest,
): Promise<WireAnswer> {
  const { hub, codes, document } = deps;
  const { organization, fresh } = PATH.exec(request.url.pathname)?.groups ?? {};
  const owner = ownerOf(hub, organization);
  if (request.method !== 'POST') throw notFound();
  const fields = new URLSearchParams(request.body.toString('utf8'));
  const manifest = fields.get('manifest') ?? '';
  const registration = readRegistration(manifest, { document, origin: hub.world.origin });
  if (fresh !== undefined) {
    const state = request.url.searchParams.get('state');
    return barePage(200, 'Create GitHub App', agreement({ owner, registration, manifest, state }));
  }
  const named = { ...registration, name: nameOf(fields.get('name') ?? '') };
  requireFreeName(hub, named.name);
  const back = new URL(named.redirect_url);
  back.searchParams.set('code', codes.agree(named, owner));
  const state = fields.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return {
    type: 'answer',
    status: 302,
    headers: { location: back.href },
    body: Buffer.alloc(0),
  };
}

/** Throws 404 for an organization that does not exist, or a world without people. */
function ownerOf(hub: Hub, organization: string | undefined): Account {
  const { world } = hub;
  const owner =
    organization === undefined
      ? world.accounts.values().find(({ type }) => type === 'User')
      : accountByLogin(world, organization);
  const wanted = organization === undefined ? 'User' : 'Organization';
  if (owner?.type !== wanted) throw notFound();
  return owner;
}

function nameOf(text: string): string {
  const name = text.trim();
  if (name === '') throw new GithubError(422, "Name can't be blank");
  if (name.length > 34) throw new GithubError(422, 'Name is too long (maximum is 34 characters)');
  return name;
}

type Agreement = Readonly<{
  owner: Account;
  registration: Registration;
  manifest: string;
  state: string | null;
}>;

function agreement({ owner, registration, manifest, state }: Agreement): Html {
  const path = owner.type === 'Organization' ? `/organizations/${owner.login}` : '';
  const permissions = Object.entries(registration.default_permissions);
  return html`<p>Owner: <strong>${owner.login}</strong></p>
    <form method="post" action="${path}/settings/apps">
      <input type="hidden" name="manifest" value="${manifest}" />
      ${state === null ? '' : html`<input type="hidden" name="state" value="${state}" />`}
      <p>
        <label for="name">GitHub App name</label>
        <input id="name" name="name" value="${registration.name}" maxlength="34" required />
      </p>
      <button class="primary">Create GitHub App for ${owner.login}</button>
    </form>
    <h2>Permissions</h2>
    <ul>
      ${permissions.map(([name, level]) => html`<li>${name}: ${level}</li>`)}
    </ul>`;
}
