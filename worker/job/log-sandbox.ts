import type { Logger } from 'pino';
import type { Sandbox } from '../executor/sandbox.ts';

/** Logs what confines the tools of a job, so that an operator sees a sandbox that does not hold. */
export function logSandbox(log: Pick<Logger, 'info' | 'warn'>, sandbox: Sandbox): void {
  const { kind, shell, network, setup, reason } = sandbox;
  const fields = { sandbox: { kind, shell, network, setup, reason } };
  if (shell) log.info(fields, 'tools are confined');
  else log.warn(fields, 'tools run without a shell');
}
