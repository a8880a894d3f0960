/**
 * True when a browser says that a page of ours sent the request. Every browser of today names the origin of a POST;
 * where it does not, `Sec-Fetch-Site` has to say it.
 */
export function isSameOrigin(
  header: (name: string) => string | undefined,
  ownOrigin: string,
): boolean {
  const origin = header('origin');
  return origin === undefined ? header('sec-fetch-site') === 'same-origin' : origin === ownOrigin;
}
