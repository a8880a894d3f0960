import { z } from 'zod';
import { SeenFile, ToolResult } from '../tools/tool-result.ts';

/** How the executor is started: one JSON document as its only argument. It holds no secret. */
export const ExecutorSetup = z.strictObject({
  repo: z.string(),
  logs: z.string(),
  scratch: z.string(),
  /** Search path of commands. */
  path: z.string(),
  /** Null when there is a shell, otherwise the sentence that bash answers with. */
  shell_off: z.string().nullable(),
  /** The parent's /proc/self/ns/pid. */
  outer_pid_namespace: z.string().optional(),
  /** True when commands reach the network by the way out. */
  way_out: z.boolean().optional(),
  /** The way out's socket, where only programs of Node can be led to it. */
  way_out_socket: z.string().optional(),
  /** The user that is this executor's alone. */
  own_uid: z.number().int().positive().optional(),
});
export type ExecutorSetup = z.infer<typeof ExecutorSetup>;

/** Lines to the executor. */
export const ExecutorRequest = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    id: z.string(),
    /** The model's id of the call: names its log. */
    call_id: z.string(),
    name: z.string(),
    input: z.unknown(),
  }),
  z.object({
    type: z.literal('exec'),
    id: z.string(),
    command: z.string(),
    timeout_ms: z.number(),
    log_name: z.string(),
  }),
  z.object({ type: z.literal('seen'), id: z.string(), files: z.array(SeenFile) }),
  z.object({ type: z.literal('cancel'), id: z.string() }),
]);
export type ExecutorRequest = z.infer<typeof ExecutorRequest>;

/** Lines from the executor. It is untrusted: its lines are parsed with this and nothing else is believed. */
export const ExecutorReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('seen'), id: z.string() }),
  z.object({ type: z.literal('result'), id: z.string(), result: ToolResult }),
  z.object({
    type: z.literal('exec_result'),
    id: z.string(),
    exit_code: z.number().int().nullable(),
    timed_out: z.boolean(),
    output: z.string(),
    duration_ms: z.number(),
  }),
]);
export type ExecutorReply = z.infer<typeof ExecutorReply>;

/** The longest line that is taken, in bytes: an image in base64 with room to spare. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;
