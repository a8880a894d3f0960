import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { shortest } from '../../../bench/receive.ts';

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

describe('the bench of the receive Lambda', () => {
  it('finds the same cost on a machine that is busy most of the time', () => {
    const alone = [
      { empty: 40, receive: 44 },
      { empty: 41, receive: 45 },
    ];
    const busy = [
      { empty: 50, receive: 90 },
      { empty: 45, receive: 70 },
      { empty: 60, receive: 75 },
    ];
    expect(shortest(alone)).toEqual({ emptyMs: 40, receiveMs: 44, ratio: 1.1 });
    expect(shortest([...busy, ...alone])).toEqual(shortest(alone));
  });
});
