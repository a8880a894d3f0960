import { ConfigError, sharedNames } from '../core/config.ts';
import { createLog } from '../core/log.ts';
import { createRedactor } from '../core/redact.ts';
import { processEnv } from './config.ts';
import { startServer } from './server.ts';

/** npm start: the single-machine server for a real GitHub App. */
const env = Object.fromEntries(
  Object.entries(processEnv()).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  ),
);
const secrets = ['PRIVATE_KEY', 'WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS', 'ANTHROPIC_API_KEY'];
const { redact } = createRedactor(secrets.flatMap((name) => env[name] ?? []));
// A level that does not exist is told with the other problems of the configuration.
const level = sharedNames.LOG_LEVEL.catch('info').parse(env['LOG_LEVEL']);
const log = createLog({ level, name: 'cody', redact });

try {
  const server = await startServer({ env, log });
  log.info({ url: server.url }, 'Listening');
  const end = () => void server.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}

To make the GitHub App: on GitHub, Settings, Developer settings, GitHub Apps, New GitHub App. Take permissions and
events from app.yml, set the webhook URL to <your address>/api/github/webhooks and a secret of at least 16
characters, create a private key, and install the App on the repositories it shall work in. Then set:

  APP_ID              the number on the App's page
  PRIVATE_KEY         the contents of the .pem file
  WEBHOOK_SECRET      the secret you chose
  ANTHROPIC_API_KEY   a key for the Claude API

Without a public address set CODY_POLL_DELIVERIES_MS=15000. All settings: docs/configuration.md
To see it work without any of this: npm run demo
`);
  process.exit(2);
}
