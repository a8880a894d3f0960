import { z } from 'zod';

import type { Annotation, CheckRun } from './check.ts';
import { unprocessable, validationFailed } from './github-error.ts';
import type { World } from './world.ts';

const AnnotationBody = z.object({
  path: z.string(),
  start_line: z.number(),
  end_line: z.number(),
  start_column: z.number().nullish(),
  end_column: z.number().nullish(),
  annotation_level: z.string(),
  message: z.string(),
  title: z.string().nullish(),
  raw_details: z.string().nullish(),
});
/** What a caller may say about a check run. */
export const Body = z.object({
  name: z.string().optional(),
  head_sha: z.string().optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.string().optional(),
  conclusion: z.string().optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  output: z
    .object({
      title: z.string().optional(),
      summary: z.string().optional(),
      text: z.string().optional(),
      annotations: z.array(AnnotationBody).optional(),
    })
    .optional(),
  actions: z
    .array(z.object({ label: z.string(), description: z.string(), identifier: z.string() }))
    .optional(),
});
export type Body = z.infer<typeof Body>;

/** GitHub counts the bytes of summary and text, though its description speaks of characters. */
const OUTPUT_LIMIT = 65_535;

/** Writes what the body says into the run; annotations are added to those that stand there. Throws 422. */
export function apply(world: World, run: CheckRun, body: Body): void {
  if (body.name !== undefined) run.name = body.name;
  if (body.details_url !== undefined) run.detailsUrl = body.details_url;
  if (body.external_id !== undefined) run.externalId = body.external_id;
  if (body.started_at !== undefined) run.startedAt = Date.parse(body.started_at);
  if (body.actions !== undefined) run.actions = body.actions;
  applyState(world, run, body);
  const { output } = body;
  if (!output) return;
  if (output.title !== undefined) run.title = output.title;
  if (output.summary !== undefined) run.summary = output.summary;
  if (output.text !== undefined) run.text = output.text;
  run.annotations.push(...(output.annotations ?? []).map(toAnnotation));
}

/** A conclusion or a completion time completes the run, whatever the status says; completion needs a conclusion. */
function applyState(world: World, run: CheckRun, body: Body): void {
  const completes =
    body.conclusion !== undefined || body.completed_at !== undefined || body.status === 'completed';
  if (completes) {
    const conclusion = body.conclusion ?? run.conclusion;
    if (conclusion === null) {
      throw unprocessable(
        'Invalid request.\n\nFor \'completed\' status, "conclusion" is required.',
      );
    }
    if (conclusion === 'stale') {
      throw validationFailed({ resource: 'CheckRun', field: 'conclusion', code: 'invalid' });
    }
    run.status = 'completed';
    run.conclusion = conclusion;
    run.completedAt = body.completed_at ? Date.parse(body.completed_at) : world.now();
  } else if (body.status !== undefined) {
    run.status = body.status;
    run.conclusion = null;
    run.completedAt = null;
  }
}

/** Throws GitHub's 422 for what is too long; summary and text are counted in bytes. */
export function checkLimits(body: Body): void {
  for (const field of ['summary', 'text'] as const) {
    const size = Buffer.byteLength(body.output?.[field] ?? '');
    if (size > OUTPUT_LIMIT) {
      throw unprocessable(
        `Invalid request.\n\n${field} exceeds a maximum bytesize of ${OUTPUT_LIMIT}`,
      );
    }
  }
  if (Buffer.byteLength(body.name ?? '') === 0 && body.head_sha !== undefined) {
    throw unprocessable('Invalid request.\n\n"name" wasn\'t supplied.');
  }
  for (const annotation of body.output?.annotations ?? []) {
    const long = Math.max(
      Buffer.byteLength(annotation.message),
      Buffer.byteLength(annotation.raw_details ?? ''),
    );
    if (long > 65_536 || (annotation.title ?? '').length > 255) {
      throw validationFailed({ resource: 'CheckAnnotation', field: 'message', code: 'too_long' });
    }
  }
}

function toAnnotation(body: z.infer<typeof AnnotationBody>): Annotation {
  return {
    ...body,
    start_column: body.start_column ?? null,
    end_column: body.end_column ?? null,
    title: body.title ?? null,
    raw_details: body.raw_details ?? null,
  };
}
