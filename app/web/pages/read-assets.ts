import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What pages load: only this. Its address changes with its content, so that it may be kept for ever. */
export type Asset = Readonly<{ path: string; type: string; body: string }>;

/** Style sheet, script and icon. */
export type Assets = Readonly<Record<'style' | 'script' | 'icon', Asset>>;

/**
 * Reads the files in the folder `assets` beside this one, which a deployment puts beside the bundle. Throws when one is
 * missing.
 */
export function readAssets(): Assets {
  return {
    style: read('pages.css', 'text/css; charset=utf-8'),
    script: read('pages.js', 'text/javascript; charset=utf-8'),
    icon: read('icon.svg', 'image/svg+xml'),
  };
}

function read(name: string, type: string): Asset {
  const body = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  const version = createHash('sha256').update(body).digest('hex').slice(0, 12);
  return { path: `/assets/${version}/${name}`, type, body };
}
