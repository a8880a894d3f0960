/// <reference path="./.sst/platform/config.d.ts" />

/** What is deployed stands in infra/, one concern per file. */
export default $config({
  app(input) {
    const production = input.stage === 'production';
    return {
      name: 'cody-batch',
      home: 'aws',
      removal: production ? 'retain' : 'remove',
      protect: production,
      providers: { aws: { defaultTags: { tags: { app: 'cody-batch', stage: input.stage } } } },
    };
  },
  async run() {
    const { outputs } = await import('./infra/outputs.ts');
    return outputs;
  },
});
