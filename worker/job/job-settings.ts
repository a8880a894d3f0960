import type { Job } from '../../core/job.ts';
import { serverSettings } from '../../core/repo-config/effective-settings.ts';
import { JobSettings } from '../../core/repo-config/settings.ts';
import type { WorkerDeps } from './deps.ts';

/**
 * What was decided for the job when its request was accepted. A job without settings was accepted before there were
 * any: for it holds what the server says.
 */
export async function jobSettings(
  { bucket, config }: Pick<WorkerDeps, 'bucket' | 'config'>,
  { settings, model, effort }: Pick<Job, 'settings' | 'model' | 'effort'>,
): Promise<JobSettings> {
  if (!settings) return { ...serverSettings(config.policy), model, effort };
  return JobSettings.parse(JSON.parse((await bucket.get(settings)).toString('utf8')));
}
