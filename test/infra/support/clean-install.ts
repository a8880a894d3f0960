import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { runProcess } from '../../../core/process.ts';
import { root } from '../../support/tool.ts';

/**
 * Does in a clean folder what the worker's Dockerfile does: copies what it copies, installs as it installs, and starts
 * each program of the worker, which has to come as far as what it is given. Returns what is wrong. Debian's packages are left out.
 */
export async function cleanInstallProblems(): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cody-image-'));
  try {
    const dockerfile = DockerfileParser.parse(
      readFileSync(join(root, 'worker', 'Dockerfile'), 'utf8'),
    );
    for (const copy of dockerfile.getCOPYs()) {
      if (copy.getFromFlag() !== null) continue;
      for (const source of copy.getArguments().slice(0, -1))
        cpSync(join(root, source.getValue()), join(folder, source.getValue()), { recursive: true });
    }
    const install = dockerfile
      .getInstructions()
      .map((instruction) => instruction.getArgumentsContent() ?? '')
      .find((line) => line.includes('npm ci'));
    if (install === undefined) return ['The Dockerfile installs nothing'];
    const installed = await shell(folder, install.replaceAll('\\\n', ' '));
    if (installed.exitCode !== 0) return [`npm ci failed: ${installed.stderr.toString()}`];
    return [...leftProblems(folder), ...(await startProblems(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Unpacked. What is compressed is about a quarter of it, beside Debian's and Node's 80 MB. */
const mostMegabytes = 120;

function leftProblems(folder: string): readonly string[] {
  const modules = join(folder, 'node_modules');
  const foreign = ['vitest', 'sst', 'typescript', 'fauxqs', '@octokit/openapi', 'probot', 'hono'];
  const left = foreign.filter((name) => existsSync(join(modules, name)));
  const megabytes = Math.ceil(sizeOf(modules) / 1e6);
  return [
    ...left.map((name) => `${name} is in the image`),
    ...(megabytes > mostMegabytes ? [`The packages take ${megabytes} MB`] : []),
  ];
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** What each program of the worker says when it is given nothing: a module that is missing would be said in its place. */
const programs = {
  'worker/main.ts': 'The configuration is not complete',
  // Its first line is a request, its argument the set-up.
  'worker/executor/main.ts': 'Unexpected end of JSON input',
  // It looks for the pipe to the attempt at descriptor 3.
  'worker/publisher/main.ts': 'ERR_INVALID_FD_TYPE',
};

async function startProblems(folder: string): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [program, word] of Object.entries(programs)) {
    const end = await runProcess({
      command: process.execPath,
      args: [program],
      cwd: folder,
      env: { PATH: '/usr/bin:/bin' },
    });
    const said = `${end.stdout.toString()}${end.stderr.toString()}`;
    if (!said.includes(word)) problems.push(`${program}: ${said.slice(0, 2_000)}`);
  }
  return problems;
}

/** What npm needs of this machine: its settings, its proxy and whose certificates it trusts. */
const wanted =
  /^(HOME|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_.*|https?_proxy|no_proxy)$/i;

function shell(cwd: string, line: string) {
  const given = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && wanted.test(name) ? [[name, value] as const] : [],
  );
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(':');
  return runProcess({
    command: 'sh',
    args: ['-ec', line],
    cwd,
    env: { ...Object.fromEntries(given), PATH: path },
  });
}
