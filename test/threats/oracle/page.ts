import sanitizeHtml from 'sanitize-html';

/** Returns what a page must not hold whatever others wrote: live markup, foreign addresses, weak headers. */
export function judgePage(html: string, headers: Headers, origin: string): readonly string[] {
  const found: string[] = [...judgeHeaders(headers)];
  sanitizeHtml(html, {
    allowedTags: false,
    allowedAttributes: false,
    allowVulnerableTags: true,
    onOpenTag: (name, attributes) => found.push(...judgeTag(name, attributes, origin)),
  });
  if (/[\u202a-\u202e\u2066-\u2069]/.test(html)) found.push('bidirectional control');
  return found;
}

function judgeHeaders(headers: Headers): string[] {
  const policy = headers.get('content-security-policy') ?? '';
  const found: string[] = [];
  if (!policy.includes("default-src 'none'")) found.push('no strict content security policy');
  if (/unsafe-|\*|data:/.test(policy)) found.push(`policy: ${policy}`);
  if (!policy.includes("frame-ancestors 'none'")) found.push('may be framed');
  if (headers.get('x-content-type-options') !== 'nosniff') found.push('type may be sniffed');
  return found;
}

/** Returns which cookies scripts could read, or other sites use. */
export function judgeCookies(headers: Headers): readonly string[] {
  return headers
    .getSetCookie()
    .filter((cookie) => !/; httponly/i.test(cookie) || !/; samesite=(?:lax|strict)/i.test(cookie))
    .map((cookie) => `cookie for scripts or other sites: ${cookie.split('=')[0] ?? ''}`);
}

const never = new Set(['iframe', 'object', 'embed', 'base', 'img', 'math', 'marquee', 'x-evil']);

function judgeTag(
  name: string,
  attributes: Readonly<Record<string, string>>,
  origin: string,
): string[] {
  const found: string[] = never.has(name) ? [`holds <${name}>`] : [];
  if (name === 'script' && !(attributes['src'] ?? '').startsWith('/assets/'))
    found.push('live script');
  if (name === 'style') found.push('live style');
  if (name === 'meta' && attributes['http-equiv'] !== undefined) found.push('meta http-equiv');
  for (const key of Object.keys(attributes)) {
    if (/^on/i.test(key) || key === 'style') found.push(`live ${key}=`);
  }
  for (const key of ['href', 'src', 'action', 'formaction', 'xlink:href']) {
    const value = attributes[key];
    if (value === undefined) continue;
    const url = URL.parse(value, origin);
    if (url === null || !/^https?:$/.test(url.protocol)) found.push(`${key} to ${value}`);
    else if (key !== 'href' && url.origin !== origin) found.push(`${key} to ${url.origin}`);
  }
  return found;
}
