import { createWired } from './wired.ts';

const wired = createWired('settle');

/** Handles an ECS task state change from EventBridge. Throws when the table cannot be reached. */
export async function handler(event: unknown): Promise<void> {
  const app = await wired();
  await app.settle(event);
}
