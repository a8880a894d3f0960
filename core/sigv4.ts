/** Keys of an AWS identity. */
export type Credentials = Readonly<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}>;

/** A POST of JSON to one AWS service. Header names in lower case. */
export type SignableRequest = Readonly<{
  url: URL;
  service: string;
  region: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  now: Date;
}>;

/**
 * Returns the request's headers with the signature of AWS Signature Version 4 (AWS General Reference, "Create a
 * signed AWS API request") for a POST without a query string.
 */
export function signV4(
  request: SignableRequest,
  credentials: Credentials,
): Readonly<Record<string, string>> {
  const time = request.now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    'x-amz-date': time,
    ...(credentials.sessionToken ? { 'x-amz-security-token': credentials.sessionToken } : {}),
  };
  const names = Object.keys(headers).toSorted();
  const canonical = [
    'POST',
    request.url.pathname,
    '',
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim()}`),
    '',
    names.join(';'),
    sha256(request.body),
  ].join('\n');
  const scope = `${time.slice(0, 8)}/${request.region}/${request.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${credentials.secretAccessKey}`);
  return {
    ...headers,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ` +
      `SignedHeaders=${names.join(';')}, Signature=${hmac(key, text).toString('hex')}`,
  };
}

/** Loaded by the first call: it is most of what importing `receive` would take. */
function crypto() {
  return process.getBuiltinModule('node:crypto');
}

function sha256(text: string): string {
  return crypto().createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return crypto().createHmac('sha256', key).update(text).digest();
}
