import { z } from 'zod';
import { type Facts, factsOf } from './facts.ts';
import { withNamed } from './with-named.ts';

const Composer = z.looseObject({
  type: z.unknown().optional(),
  extra: z.unknown().optional(),
  scripts: z.record(z.string(), z.unknown()).default({}),
  config: z.record(z.string(), z.unknown()).default({}),
  repositories: z.unknown().optional(),
});

type Manifest = z.infer<typeof Composer>;

/** Returns what Composer runs, and where it takes packages from. Source: Composer, "Scripts" and "Config". */
export function composerManifest(text: string): readonly [scripts: Facts, sources: Facts] {
  const manifest = Composer.parse(JSON.parse(text));
  return [scriptsIn(manifest), sourcesIn(manifest)];
}

/** Scripts of Composer's events, and plugins that may run. */
function scriptsIn({ scripts, config, type, extra }: Manifest): Facts {
  const plugin = type === 'composer-plugin' || type === 'composer-installer';
  return new Map([
    ...factsOf('scripts', withNamed(scripts, /^(?:pre|post)-|^(?:init|command)$/)),
    ...factsOf('config', present({ 'allow-plugins': config['allow-plugins'] })),
    ...factsOf('', plugin ? present({ type, extra }) : {}),
  ]);
}

function sourcesIn({ config, repositories }: Manifest): Facts {
  const { 'secure-http': secure, 'disable-tls': open, cafile } = config;
  return factsOf('', present({ repositories, secure, open, cafile }));
}

function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
