import type { Github } from './octokit.ts';

/** What Octokit adds to the parameters of a call; the rest is sent. */
const ownFields: ReadonlySet<string> = new Set([
  'method',
  'baseUrl',
  'url',
  'headers',
  'mediaType',
  'request',
]);

/**
 * Bytes of files: what a gate has let through is published as it is, because a changed byte would be another file.
 */
const fileBytes = /\/git\/(?:trees|blobs)$/;

/**
 * Passes every text that the client sends in a write through the redactor, titles, bodies and names alike.
 */
export function redactBodies(octokit: Github, redact: (text: string) => string): void {
  octokit.hook.before('request', (parameters) => {
    if (parameters.method === 'GET' || parameters.method === 'HEAD') return;
    if (fileBytes.test(parameters.url)) return;
    const sent = Object.entries(parameters).filter(([name]) => !ownFields.has(name));
    for (const [name, value] of sent) Object.assign(parameters, { [name]: clean(value, redact) });
  });
}

function clean(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => clean(item, redact));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item, redact)]));
}
