import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Logger } from 'pino';

import { attachmentDoor, createAttachments, type NewAttachment } from './attachments.ts';
import { type Buttons, createButtons } from './buttons.ts';
import { readConfig } from './config.ts';
import { createFaults, type Faults } from './faults.ts';
import { createGit } from './git.ts';
import { handleGit, isGitPath } from './git-http.ts';
import { createLock, type Hub } from './hub.ts';
import { createOpenApi } from './openapi.ts';
import { listen } from './listen.ts';
import { createPages } from './pages/pages.ts';
import { createNewAppPages } from './pages/new-app.ts';
import { createOauth } from './oauth.ts';
import { createPipeline, type LedgerEntry, type WireRequest } from './pipeline.ts';
import { createRateLimit } from './rate-limit.ts';
import { createSecondaryLimit, type LimitName } from './secondary-limit.ts';
import type { Route } from './route.ts';
import { type Actions, createActions } from './routes-actions.ts';
import { appRoutes } from './routes-app.ts';
import { checkRoutes } from './routes-checks.ts';
import { commentRoutes } from './routes-comments.ts';
import { commitRoutes } from './routes-commits.ts';
import { gitCommitRoutes } from './routes-git-commits.ts';
import { gitRoutes } from './routes-git.ts';
import { issueRoutes } from './routes-issues.ts';
import { createManifestCodes } from './routes-manifest.ts';
import { mergeRoutes } from './routes-merge.ts';
import { pullRoutes } from './routes-pulls.ts';
import { rateRoute } from './routes-rate.ts';
import { refRoutes } from './routes-refs.ts';
import { repositoryRoutes } from './routes-repository.ts';
import { reviewerRoutes } from './routes-reviewers.ts';
import { teamRoutes } from './routes-teams.ts';
import { reviewRoutes } from './routes-reviews.ts';
import { createSeed, type Seed } from './seed.ts';
import { createTokens } from './tokens.ts';
import { createWebhooks, type Delivery } from './webhooks.ts';
import { accountByLogin, createWorld } from './world.ts';

type GithubStandinOptions = Readonly<{
  /** Bare repositories are made here. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** The clock in ms. Default: the real one. */
  now?: () => number;
  /** How long a minute of an installation's rate limits lasts, in ms. Default 60,000. */
  minuteMs?: number;
  /** Whether `requests` tells what was sent with each write. Default false. */
  keepBodies?: boolean;
  webhookUrl?: string;
  log?: Logger;
}>;

/** A limit that an installation has broken, and when (ms). */
type BrokenLimit = Readonly<{ time: number; limit: LimitName; installationId: number }>;

/** A running GitHub: REST, webhooks and git over HTTP on one loopback port. */
export type GithubStandin = Buttons &
  Readonly<{
    /** REST root, without a prefix; `/api/v3` in front is accepted too. */
    url: string;
    /** Where pages and git addresses begin; the same origin. */
    serverUrl: string;
    seed: Seed;
    /** Ends a job of a workflow of GitHub Actions. */
    endJob: Actions['endJob'];
    /** A personal token of a seeded user. Throws when there is no such user. */
    userToken: (login: string) => string;
    gitUrl: (owner: string, name: string) => string;
    /** Keeps a file that a person drops into a text; returns the address to put there. */
    attach: (file: NewAttachment) => string;
    setWebhookUrl: (url: string | undefined) => void;
    deliveries: () => readonly Delivery[];
    redeliver: (id: number) => Promise<Delivery | undefined>;
    /** Resolves when no delivery is under way. */
    settled: () => Promise<void>;
    faults: Faults;
    requests: () => readonly LedgerEntry[];
    /** How often, and which of, GitHub's rate limits were broken: empty for a caller that keeps them. */
    brokenLimits: () => readonly BrokenLimit[];
    /** Where the stand-in itself broke GitHub's description or failed: empty unless it has a defect. */
    violations: () => readonly string[];
    close: () => Promise<void>;
  }>;

/** The operations that need nothing but the hub. */
const ROUTES: readonly Route[] = [
  ...appRoutes,
  ...repositoryRoutes,
  ...commentRoutes,
  ...issueRoutes,
  ...checkRoutes,
  ...gitRoutes,
  ...gitCommitRoutes,
  ...refRoutes,
  ...commitRoutes,
  ...pullRoutes,
  ...mergeRoutes,
  ...reviewRoutes,
  ...reviewerRoutes,
  ...teamRoutes,
];

/** Starts the stand-in on 127.0.0.1 and resolves when it listens. */
export async function startGithubStandin(options: GithubStandinOptions): Promise<GithubStandin> {
  const dataDir = path.resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const now = options.now ?? Date.now;
  const world = createWorld(now);
  const violations: string[] = [];
  const hub: Hub = {
    world,
    git: createGit({ path: readConfig().path, home: dataDir }),
    tokens: createTokens(),
    openapi: createOpenApi(),
    attachments: createAttachments({ origin: () => world.origin, now }),
    webhooks: createWebhooks({ url: options.webhookUrl, now, nextId: world.nextId }),
    lock: createLock(),
    violate: (problem) => {
      violations.push(problem);
      options.log?.error({ problem }, 'github stand-in violated the description');
    },
  };
  const faults = createFaults();
  const brokenLimits: BrokenLimit[] = [];
  const limits = {
    now,
    minuteMs: options.minuteMs ?? 60_000,
    broken: (limit: LimitName, installationId: number) =>
      void brokenLimits.push({ time: now(), limit, installationId }),
  };
  const rate = createRateLimit(limits);
  const secondary = createSecondaryLimit(limits);
  const seed = createSeed(hub, dataDir);
  const codes = createManifestCodes(hub, seed);
  const actions = createActions(hub);
  const routes = [...ROUTES, ...actions.routes, rateRoute(rate), codes.route];
  const pipeline = createPipeline({
    hub,
    routes,
    faults,
    rate,
    secondary,
    keepBodies: options.keepBodies ?? false,
  });
  const buttons = createButtons(hub);
  const { handle } = pipeline;
  const own = [createNewAppPages({ hub, codes }), createOauth(hub, pipeline.record), actions];
  const loads = attachmentDoor(hub.attachments, pipeline.record);
  const doors = [...own, loads, gitDoor({ ...pipeline, hub, faults })];
  const server = await listen(options.port ?? 0, createPages({ hub, handle, buttons }), (request) =>
    (doors.find(({ serves }) => serves(request.url.pathname)) ?? pipeline).handle(request),
  );
  world.origin = server.origin;
  return {
    url: server.origin,
    serverUrl: server.origin,
    seed,
    endJob: actions.endJob,
    ...buttons,
    userToken: (login) => {
      const account = accountByLogin(world, login);
      if (account?.type !== 'User') throw new Error(`no user ${login}`);
      return hub.tokens.mintUser(account.id);
    },
    gitUrl: (owner, name) => `${server.origin}/${owner}/${name}.git`,
    attach: (file) => `${server.origin}${hub.attachments.add(file)}`,
    setWebhookUrl: hub.webhooks.setUrl,
    deliveries: hub.webhooks.deliveries,
    redeliver: hub.webhooks.redeliver,
    settled: hub.webhooks.settled,
    faults,
    requests: pipeline.ledger,
    brokenLimits: () => brokenLimits,
    violations: () => violations,
    close: server.close,
  };
}

/** Git over HTTP, which stands on the same port. */
function gitDoor(parts: Parameters<typeof handleGit>[0]) {
  return { serves: isGitPath, handle: (request: WireRequest) => handleGit(parts, request) };
}
