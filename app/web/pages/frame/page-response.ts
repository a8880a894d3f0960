import type { OwnAddress } from '../../guard/own-address.ts';
import type { Html } from '../html.ts';
import type { Assets } from '../read-assets.ts';

type Answer = Readonly<{
  markup: Html;
  status: number;
  assets: Assets;
  /** Undefined before it is known that the browser meant us. */
  address: OwnAddress | undefined;
  headers?: Readonly<Record<string, string>>;
}>;

/** The answer with a page: nothing may be loaded but our own three files, and no script or style stands inside. */
export async function pageResponse(answer: Answer): Promise<Response> {
  const { markup, status, headers } = answer;
  return new Response(String(await markup), {
    status,
    headers: {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentPolicy(answer),
      // Without a referrer for ourselves browsers would not say either that a form is our own: `Origin: null`.
      'referrer-policy': 'same-origin',
    },
  });
}

function contentPolicy({ assets, address }: Answer): string {
  const own = (path: string) => (address ? `${address.origin}${path}` : "'none'");
  return [
    "default-src 'none'",
    `style-src ${own(assets.style.path)}`,
    `script-src ${own(assets.script.path)}`,
    `img-src ${own(assets.icon.path)}`,
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
