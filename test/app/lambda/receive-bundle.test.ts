import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

describe('the bundle of the receive Lambda', () => {
  it('is a few kilobytes and imports nothing, of Node neither: that is loaded when it is needed', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ['app/lambda/receive.ts'],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      metafile: true,
    });
    const [output] = Object.values(metafile.outputs);
    expect(output?.imports).toEqual([]);
    expect(outputFiles[0]?.contents.length).toBeLessThan(8 * 1024);
  });
});
