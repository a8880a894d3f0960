/** What a child process has in its environment so that its modules are loaded with the bug in them. */
export function bugEnv(name: string): Readonly<Record<string, string>> {
  const hook = new URL('./hook.ts', import.meta.url).href;
  return { CODY_CHAOS_BUG: name, NODE_OPTIONS: `--import=${hook}` };
}
