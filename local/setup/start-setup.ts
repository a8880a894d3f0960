import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { ConfigError } from '../../core/config.ts';
import { readAppManifest } from '../app-manifest.ts';
import { type AppFile, appFilePath, preparePrivateDirectory, writeAppFile } from './app-file.ts';
import { convertCode } from './convert-code.ts';
import type { SetupConfig } from './setup-config.ts';
import { createSetupSite } from './setup-site.ts';

/** A page that waits for a person. */
export type Setup = Readonly<{
  /** Where it is: always on loopback, whatever the server itself will listen on. */
  url: string;
  /** The credentials, once the person is done and the port is free again. */
  created: Promise<AppFile>;
  /** Stops waiting. `created` then stays open for ever. */
  close: () => Promise<void>;
}>;

/** Sockets that a browser opened ahead and never used are cut after this time. */
const lingerMs = 300;

/**
 * Serves the page that creates the GitHub App. Throws ConfigError when the data directory can't be used or the port is
 * taken.
 */
export async function startSetup(config: SetupConfig): Promise<Setup> {
  const { local, githubApiUrl, githubServerUrl, publicUrl, webhookUrl, hasModelKey } = config;
  await preparePrivateDirectory(local.dataDir);
  const appFile = appFilePath(local.dataDir);
  const manifest = await readAppManifest();
  const done = Promise.withResolvers<AppFile>();
  const bound = { port: 0 };
  const site = createSetupSite({
    manifest,
    serverUrl: githubServerUrl,
    publicUrl,
    webhookUrl,
    appFile,
    hasModelKey,
    port: () => bound.port,
    convert: (code) => convertCode({ apiUrl: githubApiUrl, code }),
    keep: (app) => writeAppFile(appFile, { ...app, server_url: githubServerUrl }),
    finish: (app) => {
      void close().then(() => done.resolve({ ...app, server_url: githubServerUrl }));
    },
  });
  const { port, close } = await listen(site, local.port);
  bound.port = port;
  return { url: `http://127.0.0.1:${port}/`, created: done.promise, close };
}

type Listening = Readonly<{ port: number; close: () => Promise<void> }>;

function listen(site: ReturnType<typeof createSetupSite>, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: site.fetch, hostname: '127.0.0.1', port }, (info: AddressInfo) =>
      resolve({
        port: info.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            setTimeout(() => {
              if ('closeAllConnections' in server) server.closeAllConnections();
            }, lingerMs).unref();
          }),
      }),
    );
    server.once('error', (error) => reject(inWords(error, port)));
  });
}

function inWords(error: Error, port: number): Error {
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error;
  return new ConfigError([
    `PORT ${port} is taken on 127.0.0.1: stop what listens there, or set another one`,
  ]);
}
