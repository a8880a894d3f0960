import type { Defence } from './defence.ts';
import { accessDefences } from './access.ts';
import { commandDefences } from './command.ts';
import { confinementDefences } from './confinement.ts';
import { contextDefences } from './context.ts';
import { gateDefences } from './gate.ts';
import { identityDefences } from './identity.ts';
import { outputDefences } from './output.ts';
import { pagesDefences } from './pages.ts';
import { redactionDefences } from './redaction.ts';
import { repositoryDefences } from './repository.ts';
import { textDefences } from './text.ts';
import { tokensDefences } from './tokens.ts';
import { toolsDefences } from './tools.ts';
import { webhookDefences } from './webhook.ts';

/** Every defence that a case guards, by the entry point where it stands. */
export const defences: readonly Defence[] = [
  ...webhookDefences,
  ...identityDefences,
  ...accessDefences,
  ...commandDefences,
  ...contextDefences,
  ...repositoryDefences,
  ...toolsDefences,
  ...confinementDefences,
  ...outputDefences,
  ...textDefences,
  ...redactionDefences,
  ...gateDefences,
  ...pagesDefences,
  ...tokensDefences,
];
