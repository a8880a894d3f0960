import { ConfigError, sharedNames } from '../core/config.ts';
import { createLog } from '../core/log.ts';
import { createRedactor } from '../core/redact.ts';
import { processEnv } from './config.ts';
import { startServer } from './server.ts';
import { appEnv, AppElsewhereError } from './setup/app-env.ts';

/** npm start: the single-machine server for a real GitHub App. */
const given = Object.fromEntries(
  Object.entries(processEnv()).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  ),
);
const secrets = [
  'PRIVATE_KEY',
  'WEBHOOK_SECRET',
  'WEBHOOK_SECRET_PREVIOUS',
  'GITHUB_CLIENT_SECRET',
  'ANTHROPIC_API_KEY',
];

try {
  const env = await appEnv(given, ({ url, hasModelKey }) => {
    process.stdout
      .write(`There is no GitHub App yet. Create it on this page, in a browser on this machine:

  ${url}

${hasModelKey || given['CODY_WEBHOOK_URL'] !== undefined ? '' : 'ANTHROPIC_API_KEY is not set; the server needs it to start.\n'}Waiting. Press Ctrl-C to stop.
`);
  });
  const { redact } = createRedactor(secrets.flatMap((name) => env[name] ?? []));
  // A level that does not exist is told with the other problems of the configuration.
  const level = sharedNames.LOG_LEVEL.catch('info').parse(env['LOG_LEVEL']);
  const log = createLog({ level, name: 'cody', redact });
  const server = await startServer({ env, log });
  log.info({ url: server.url }, 'Listening');
  const end = () => void server.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
} catch (error) {
  if (error instanceof AppElsewhereError) {
    process.stdout.write(`${error.message}\n`);
    process.exit(0);
  }
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}

The server needs a GitHub App and a key for the Claude API:

  APP_ID, PRIVATE_KEY, WEBHOOK_SECRET   of the App; set none of them to create one in the browser
  ANTHROPIC_API_KEY                     the key

More: docs/server.md
To see it work without any of this: npm run demo
`);
  process.exit(2);
}
