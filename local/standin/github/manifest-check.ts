import { z } from 'zod';

import { GithubError } from './github-error.ts';
import { dig, type OpenApiDocument } from './openapi-document.ts';

/** Hosts that are not on the public Internet. */
const PRIVATE =
  /^(localhost|.*\.local|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|0\.0\.0\.0|\[.*\])$/i;

/** GitHub sends these to every App, and none can ask for them (GitHub docs, "Webhook events and payloads"). */
const AUTOMATIC = ['installation', 'installation-repositories', 'github-app-authorization'];

const web = z.url({ protocol: /^https?$/ });

const Registration = z.object({
  name: z.string().trim().min(1).max(34).optional(),
  url: web,
  hook_attributes: z.object({ url: web, active: z.boolean().default(true) }).optional(),
  redirect_url: web,
  callback_urls: z.array(web).max(10).default([]),
  setup_url: web.optional(),
  description: z.string().optional(),
  public: z.boolean().default(true),
  default_events: z.array(z.string()).default([]),
  default_permissions: z.record(z.string(), z.string()).default({}),
  request_oauth_on_install: z.boolean().optional(),
  setup_on_update: z.boolean().optional(),
});
/** What an App is registered with, once it has a name. */
export type Registration = z.infer<typeof Registration> & { name: string };

/**
 * Reads a manifest as GitHub's page does. Throws GithubError 422 with the first thing that is wrong: not JSON, a
 * missing or private address, an unknown permission, level or event.
 * Source: GitHub docs, "Registering a GitHub App from a manifest".
 */
export function readRegistration(
  text: string,
  facts: Readonly<{ document: OpenApiDocument; origin: string }>,
): Registration {
  const parsed = Registration.safeParse(fromJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.at(-1);
    throw refused(
      field === undefined ? 'it is not a JSON object' : `"${String(field)}" ${wrong(text, issue)}`,
    );
  }
  const registration = { ...parsed.data, name: parsed.data.name ?? '' };
  checkHook(registration, facts.origin);
  checkPermissions(registration, facts.document);
  checkEvents(registration, facts.document);
  return registration;
}

function wrong(text: string, issue: z.core.$ZodIssue | undefined): string {
  const given = dig(fromJson(text), ...(issue?.path ?? []).map(String));
  return given === undefined ? "wasn't supplied." : 'is invalid.';
}

function checkHook(registration: Registration, origin: string): void {
  const url = registration.hook_attributes?.url;
  if (url === undefined) return;
  const { hostname } = new URL(url);
  if (PRIVATE.test(hostname) && !isOwn(url, origin)) {
    throw refused(
      `Hook url is not supported because it isn't reachable over the public Internet (${hostname})`,
    );
  }
}

/** Whether the address leads to the stand-in itself, by whichever name of this machine. */
export function isOwn(url: string, origin: string): boolean {
  const { hostname, port } = new URL(url);
  return ['127.0.0.1', 'localhost'].includes(hostname) && port === new URL(origin).port;
}

function checkPermissions(registration: Registration, document: OpenApiDocument): void {
  const known = dig(document.component('schemas', 'app-permissions'), 'properties');
  for (const [name, level] of Object.entries(registration.default_permissions)) {
    const levels = dig(known, name, 'enum');
    if (!Array.isArray(levels)) throw refused(`Default permission records resource: ${name}`);
    if (!levels.includes(level)) throw refused(`Default permission records action: ${level}`);
  }
}

function checkEvents(registration: Registration, document: OpenApiDocument): void {
  const known = document.webhookNames();
  for (const event of registration.default_events) {
    const name = event.replaceAll('_', '-');
    const exists = known.some((one) => one === name || one.startsWith(`${name}-`));
    if (!exists || AUTOMATIC.includes(name)) {
      throw refused(`Default events unsupported: ${event}`);
    }
  }
}

function refused(problem: string): GithubError {
  return new GithubError(422, `Invalid GitHub App configuration. Error: ${problem}`);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined.
    return undefined;
  }
}
