import Anthropic from '@anthropic-ai/sdk';

export type AnthropicClientOptions = Readonly<{
  apiKey: string;
  baseURL: string;
  fetch?: typeof fetch;
}>;

/**
 * A client of Anthropic's API with an explicit key and address. A key passed in code keeps the SDK from looking for
 * others in the environment or in profiles; its own retries, logs and traces are off.
 */
export function createAnthropicClient(options: AnthropicClientOptions): Anthropic {
  return new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseURL,
    webhookKey: null,
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
}
